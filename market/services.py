"""The catalogue: what can be bought, as nine classes, their subclasses and products."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """One product of the catalogue. `code` is class.subclass.product, for example 05.01.03."""

    code: str
    class1: str
    class2: str
    name: str
    description: str
    aliases: tuple[str, ...] = ()
    process: tuple[str, ...] = ()  # the standard steps, in order
    price_rule: str = ""
    days: int | None = None  # usual calendar days
    materials: tuple[str, ...] = ()  # what the buyer should have at hand
    online: bool = False  # can be completed without meeting


@dataclass(frozen=True, slots=True)
class ProviderProfile:
    """A provider as its file row states it; contacts stay hidden until a contract."""

    name: str
    credit_code: str
    class_name: str
    fields: tuple[str, ...] = ()
    service_codes: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    region: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    im: str = ""
    kind: str = "企业"
    non_profit: bool = False
    rating: int | None = None  # hundredths of a star: 480 is 4.80
