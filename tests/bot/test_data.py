"""The sample catalogue and providers keep what their column headings promise."""

import csv
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

import bot
from bot.files import read_catalog, read_providers
from bot.semantic import digest, shipped_digests
from matching import wordings_of

DATA = Path(bot.__file__).parent / "data"
Row = dict[str, str]

CATALOG_COLUMNS = [
    "code",
    "class1",
    "class2",
    "name",
    "description",
    "aliases",
    "process",
    "price_rule",
    "days",
    "materials",
    "online",
]
PROVIDER_COLUMNS = [
    "name",
    "credit_code",
    "class",
    "fields",
    "service_codes",
    "cases",
    "region",
    "address",
    "phone",
    "email",
    "im",
    "kind",
    "non_profit",
    "rating",
]

# GB 32100-2015: base 31 without I, O, S, V, Z; the last character checks the seventeen before it.
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# What no agent may promise: a grant, an approval or a loan is somebody else's decision.
PROMISES = ("保证", "包过", "包授权", "必过", "百分之百", "承诺通过", "内部关系")


def read(name: str, columns: list[str]) -> list[Row]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        rows = list(reader)
    assert reader.fieldnames == columns
    return rows


@pytest.fixture(scope="module")
def catalog() -> list[Row]:
    return read("catalog.tsv", CATALOG_COLUMNS)


@pytest.fixture(scope="module")
def providers() -> list[Row]:
    return read("providers.tsv", PROVIDER_COLUMNS)


def items(cell: str) -> list[str]:
    return cell.split("/")


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().replace(" ", "")


def credit_check(first_seventeen: str) -> str:
    total = sum(CREDIT_ALPHABET.index(c) * 3**i for i, c in enumerate(first_seventeen))
    return CREDIT_ALPHABET[-total % 31]


def organisation_check(first_eight: str) -> str:
    """The check digit of GB 11714, which sits inside the credit code as its 17th character."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    digits = (CREDIT_ALPHABET.index(c) for c in first_eight)
    return "0123456789X"[-sum(d * w for d, w in zip(digits, weights, strict=True)) % 11]


def test_the_check_digits_agree_with_a_published_example() -> None:
    assert credit_check("91350100M000100Y4") == "3"
    assert organisation_check("M000100Y") == "4"


def test_both_files_pass_the_import_they_are_samples_of() -> None:
    services = read_catalog(DATA / "catalog.tsv")
    codes = {service.code for service in services}

    assert len(services) == 63
    assert len(read_providers(DATA / "providers.tsv", codes)) >= 55


def test_the_catalogue_has_9_classes_32_subclasses_and_63_products(catalog: list[Row]) -> None:
    assert len({row["class1"] for row in catalog}) == 9
    assert len({(row["class1"], row["class2"]) for row in catalog}) == 32
    assert len({row["code"] for row in catalog}) == len({row["name"] for row in catalog}) == 63
    assert len(catalog) == 63


def test_a_code_says_class_and_subclass(catalog: list[Row]) -> None:
    assert all(re.fullmatch(r"\d\d\.\d\d\.\d\d", row["code"]) for row in catalog)
    assert len({(row["code"][:2], row["class1"]) for row in catalog}) == 9
    assert len({(row["code"][:5], row["class1"], row["class2"]) for row in catalog}) == 32


def test_an_alias_belongs_to_one_product_and_is_nobodys_name(catalog: list[Row]) -> None:
    names = {folded(row["name"]) for row in catalog}
    seen = Counter(folded(alias) for row in catalog for alias in items(row["aliases"]))

    assert [alias for alias, times in seen.items() if times > 1] == []
    assert sorted(names & set(seen)) == []


def test_every_product_card_can_be_shown_in_full(catalog: list[Row]) -> None:
    for row in catalog:
        assert all(cell == cell.strip() and cell for cell in row.values()), row["code"]
        assert len(items(row["aliases"])) >= 40, row["code"]
        assert 4 <= len(items(row["process"])) <= 7, row["code"]
        assert 2 <= len(items(row["materials"])) <= 7, row["code"]
        assert 1 <= int(row["days"]) <= 365, row["code"]
        assert row["online"] in ("是", "否"), row["code"]
        assert all(
            items(row[column]) == list(filter(None, items(row[column])))
            for column in ("aliases", "process", "materials")
        ), row["code"]


def test_the_catalogue_promises_no_outcome(catalog: list[Row], providers: list[Row]) -> None:
    # Aliases are what people say to us, 投标保证金 among it; everything else is what we tell.
    rows = catalog + providers
    told = [cell for row in rows for column, cell in row.items() if column != "aliases"]
    assert [cell for cell in told if any(promise in cell for promise in PROMISES)] == []


def test_providers_are_distinct(providers: list[Row]) -> None:
    assert 55 <= len(providers) <= 70
    for column in ("name", "credit_code", "phone", "email", "im"):
        assert len({row[column] for row in providers}) == len(providers), column


def test_credit_codes_are_well_formed(providers: list[Row]) -> None:
    for row in providers:
        code = row["credit_code"]
        assert len(code) == 18, row["name"]
        assert code[16] == organisation_check(code[8:16]), row["name"]
        assert code[17] == credit_check(code[:17]), row["name"]


def test_contacts_of_sample_providers_reach_nobody(providers: list[Row]) -> None:
    """A local number never starts with 0, a QQ number neither, and .example is reserved."""
    for row in providers:
        assert re.fullmatch(r"0\d{2,3}-0\d+", row["phone"]), row["name"]
        assert re.fullmatch(r"[a-z]+@kebao\.example", row["email"]), row["name"]
        assert re.fullmatch(r"QQ 0\d+", row["im"]), row["name"]


def test_provider_rows_use_the_agreed_forms(catalog: list[Row], providers: list[Row]) -> None:
    classes = {row["class1"] for row in catalog}
    for row in providers:
        province, city, county = row["region"].split("|")
        assert province
        assert row["address"].startswith(province + city + county), row["name"]
        assert row["class"] in classes, row["name"]
        assert row["kind"] in ("企业", "高校", "科研院所", "事业单位", "社会组织"), row["name"]
        assert row["non_profit"] in ("是", "否"), row["name"]
        assert re.fullmatch(r"[1-4]\.\d|5\.0", row["rating"]), row["name"]
        assert all(items(row["cases"])), row["name"]
        assert all(items(row["fields"])), row["name"]


def test_every_product_has_at_least_two_providers(catalog: list[Row], providers: list[Row]) -> None:
    offered = Counter(code for row in providers for code in items(row["service_codes"]))

    assert offered.keys() == {row["code"] for row in catalog}
    assert min(offered.values()) >= 2


@pytest.mark.parametrize(
    "name", ["桂知源知识产权代理有限公司", "信达科技咨询有限公司", "柳创项目服务有限公司"]
)
def test_the_three_of_the_demo_can_do_its_demands(name: str, providers: list[Row]) -> None:
    (row,) = (row for row in providers if row["name"] == name)

    assert {"06.04.02", "05.01.03", "06.03.01"} <= set(items(row["service_codes"]))
    assert row["region"].split("|")[1] in ("柳州市", "南宁市")


def test_the_shipped_vectors_are_of_the_shipped_texts() -> None:
    """A few new texts are learnt at the first start; after many, `make vectors` is due."""
    texts = set(wordings_of(read_catalog(DATA / "catalog.tsv")).texts)

    kept = shipped_digests()

    missing = [text for text in texts if digest(text) not in kept]
    assert len(missing) <= len(texts) // 10, "run: make vectors"
