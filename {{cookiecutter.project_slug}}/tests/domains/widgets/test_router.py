from tests.support.domain import DomainTests
from .factory import FIELDS, make_widget


class TestWidgets(DomainTests):
    url = "/v1/widgets"
    make = staticmethod(make_widget)
    fields = FIELDS
    together = (
        "int_field",
        "gadget_id",
    )
