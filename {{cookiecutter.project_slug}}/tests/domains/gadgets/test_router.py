from tests.support.domain import DomainTests
from .factory import FIELDS, make_gadget


class TestGadgets(DomainTests):
    url = "/v1/gadgets"
    make = staticmethod(make_gadget)
    fields = FIELDS
