import time

from app.clock import new_id


def test_ids_sort_by_the_time_of_their_making() -> None:
    ids = []
    for _ in range(1000):
        ids.append(new_id())
        time.sleep(0.000_002)
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_ids_are_uuids_of_version_7_and_tell_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000
