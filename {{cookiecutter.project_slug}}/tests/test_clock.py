import time

from app.clock import new_id


def test_ids_sort_by_the_time_of_their_creation() -> None:
    ids = []
    for _ in range(1000):
        ids.append(new_id())
        time.sleep(0.000_002)
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_ids_are_uuids_of_version_7_with_the_time_in_them() -> None:
    before = time.time_ns() // 1_000_000
    created = new_id()
    assert (created.version, created.variant) == (7, "specified in RFC 4122")
    assert before <= created.int >> 80 <= time.time_ns() // 1_000_000
