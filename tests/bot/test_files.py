"""Catalogue and provider files: what goes out comes back, and nothing bad gets in."""

import contextlib
import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import tables
from bot.files import (
    CATALOG,
    PROVIDERS,
    FileProblems,
    read_catalog,
    read_providers,
    write_catalog,
    write_providers,
)
from market.services import ProviderProfile, Service

ENDINGS = [".tsv", ".xlsx", ".json"]
DATA = Path(__file__).parents[2] / "bot/data"

PATENT = Service(
    code="05.01.01",
    class1="知识产权服务",
    class2="专利服务",
    name="专利申请代理",
    description="发明、实用新型和外观设计专利的申请代理",
    aliases=("申请专利", "专利代办"),
    process=("交底", "撰写", "提交"),
    price_rule="按件",
    days=30,
    materials=("技术交底书",),
    online=True,
)
FIRM = ProviderProfile(
    name="信达科技咨询有限公司",
    credit_code="91450100MA5N000001",
    class_name="科技咨询服务",
    fields=("高企认定", "专利代办"),
    service_codes=("05.01.01",),
    cases=("高企认定 41 家",),
    region="广西壮族自治区|南宁市|青秀区",
    address="民族大道示例 100 号",
    phone="+86 771 0000102",
    email="xinda@kebao.example",
    im="QQ 10000",
    rating=475,
)

# Texts as they are after cleaning: printable, single spaces, none at the ends.
words = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=12) | st.sampled_from(
    ["=1+1", "+86", "-5", "@SUM(A1)", "'=x", "''-y", "'quoted'", '"', 'a"b', "＝1"]
)
texts = st.lists(words, max_size=3).map(lambda parts: " ".join(filter(None, parts)))
filled = texts.filter(bool)
items = st.lists(
    filled.map(lambda text: " ".join(text.replace("/", "").split())).filter(bool),
    max_size=4,
    unique=True,
).map(tuple)
services = st.builds(
    Service,
    code=st.from_regex(r"\A[0-9]{2}\.[0-9]{2}\.[0-9]{2}\Z").map(str),
    class1=st.just("类"),
    class2=st.just("子类"),
    name=filled,
    description=filled,
    aliases=items,
    process=items,
    price_rule=texts,
    days=st.none() | st.integers(1, 3650),
    materials=items,
    online=st.booleans(),
)
catalogues = st.lists(
    services, min_size=1, max_size=5, unique_by=(lambda one: one.code, lambda one: one.name)
).map(tuple)
providers = st.builds(
    ProviderProfile,
    name=filled,
    credit_code=st.text("0123456789ABCDEFX", min_size=18, max_size=18),
    class_name=filled,
    fields=items,
    service_codes=st.just(("05.01.01", "01.01.01")),
    cases=items,
    region=texts,
    address=texts,
    phone=st.sampled_from(["", "+86 13800000000", "0771-1234567"]),
    email=st.sampled_from(["", "a@b.example", "-x@y.example"]),
    im=texts,
    kind=filled,
    non_profit=st.booleans(),
    rating=st.none() | st.integers(0, 500),
)
quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def problems_of(read: Callable[[Path], object], path: Path) -> list[tuple[int, str, str]]:
    with pytest.raises(FileProblems) as caught:
        read(path)
    return [(one.row, one.column, one.reason) for one in caught.value.problems]


def catalogue_file(tmp_path: Path, *rows: str, header: str = "\t".join(CATALOG.names)) -> Path:
    path = tmp_path / "catalogue.tsv"
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return path


def line(**changes: str) -> str:
    cells = {
        "code": "05.01.01",
        "class1": "知识产权服务",
        "class2": "专利服务",
        "name": "专利申请代理",
        "description": "申请代理",
    } | changes
    return "\t".join(cells.get(name, "") for name in CATALOG.names)


@pytest.mark.parametrize("ending", ENDINGS)
@quick
@given(catalogue=catalogues)
def test_a_catalogue_that_is_exported_can_be_imported(
    catalogue: tuple[Service, ...], ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"catalogue{ending}"
    catalogue = tuple(replace(one, class1=one.code[:2], class2=one.code[:5]) for one in catalogue)

    assert write_catalog(path, catalogue) == len(catalogue)

    assert read_catalog(path) == catalogue


@pytest.mark.parametrize("ending", ENDINGS)
@quick
@given(
    profiles=st.lists(
        providers, min_size=1, max_size=4, unique_by=(lambda p: p.credit_code, lambda p: p.name)
    ).map(tuple)
)
def test_providers_that_are_exported_can_be_imported(
    profiles: tuple[ProviderProfile, ...], ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"providers{ending}"

    write_providers(path, profiles)

    assert read_providers(path) == profiles


def test_the_shipped_files_can_be_imported() -> None:
    catalogue = read_catalog(DATA / "catalog.tsv")
    known = {service.code for service in catalogue}

    assert len(catalogue) == 63
    assert read_providers(DATA / "providers.tsv", known)


@pytest.mark.parametrize("ending", [".tsv", ".xlsx"])
@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "＝1"])
def test_nothing_exported_is_a_formula(ending: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / f"catalogue{ending}"

    write_catalog(path, [replace(PATENT, description=text)])

    if ending == ".tsv":
        cell = list(csv.reader(io.StringIO(path.read_text("utf-8")), dialect="excel-tab"))[1][4]
    else:
        found = openpyxl.load_workbook(path).worksheets[0].cell(2, 5)
        assert found.data_type == "s"
        cell = str(found.value)
    assert cell == f"'{text}"


def test_a_separator_inside_an_item_becomes_full_width(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.tsv"

    write_catalog(path, [replace(PATENT, aliases=("CMA/CNAS",))])

    assert read_catalog(path)[0].aliases == ("CMA／CNAS",)


def test_json_lists_may_be_arrays(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.json"
    row = {
        "code": "05.01.01",
        "class1": "知识产权服务",
        "class2": "专利服务",
        "name": "专利申请代理",
        "description": "发明、实用新型和外观设计专利的申请代理",
        "aliases": ["申请专利", "专利代办"],
        "process": "交底/撰写/提交",
        "price_rule": "按件",
        "days": 30,
        "materials": ["技术交底书"],
        "online": True,
    }
    path.write_text(json.dumps([row], ensure_ascii=False), "utf-8")

    assert read_catalog(path) == (PATENT,)


def test_numbers_and_line_ends_of_a_spreadsheet_are_read_as_people_mean_them(
    tmp_path: Path,
) -> None:
    path = tmp_path / "catalogue.xlsx"
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(CATALOG.names))
    sheet.append(["05.01.01", "甲", "乙", "丙", "第一行\n第二行 ", "", "", 12.0, 30.0, None, True])
    sheet.append([None] * 11)
    book.save(path)

    (service,) = read_catalog(path)

    assert service.description == "第一行 第二行"
    assert (service.price_rule, service.days, service.online) == ("12", 30, True)


BAD_CELLS = {
    "code": ("5.1.1", 'must look like 05.01.03, not "5.1.1"'),
    "class1": ("", "must not be empty"),
    "name": ("", "must not be empty"),
    "description": (" ", "must not be empty"),
    "days": ("soon", 'must be whole days from 1 to 3650, not "soon"'),
    "online": ("maybe", 'must be 是 or 否, not "maybe"'),
    "price_rule": ("a\x07b", "holds characters that are not text"),
    "aliases": ("长" * 5_001, "is longer than 5000 characters"),
}


@pytest.mark.parametrize(("column", "value", "reason"), [(k, *v) for k, v in BAD_CELLS.items()])
def test_a_bad_cell_is_listed_with_its_row_and_reason(
    column: str, value: str, reason: str, tmp_path: Path
) -> None:
    path = catalogue_file(
        tmp_path, line(), line(**{"code": "05.01.02", "name": "别的", column: value})
    )

    assert problems_of(read_catalog, path) == [(3, column, reason)]


def test_every_bad_row_is_listed(tmp_path: Path) -> None:
    path = catalogue_file(
        tmp_path,
        line(code="x"),
        line(),
        line(),
        line(code="05.01.02", name="商标", class2="商标服务"),
        line(code="05.01.03", name="版权") + "\tsurplus",
    )

    assert problems_of(read_catalog, path) == [
        (2, "code", 'must look like 05.01.03, not "x"'),
        (3, "name", '"专利申请代理" is already in row 2'),
        (4, "code", '"05.01.01" is already in row 3'),
        (4, "name", '"专利申请代理" is already in row 2'),
        (5, "class2", '05.01 is "专利服务" in row 3, here it is "商标服务"'),
        (6, "", "has 12 cells where the header has 11"),
    ]


HEADERS = {
    "code\tclass1\tclass2\tname\tdescription": [(1, "aliases", "the column is missing")],
    "code\tclass1\tclass2\tname\tdescription\taliases\talias": [
        (1, "alias", "is not a known column; did you mean aliases?")
    ],
    "code\tcode\tclass1\tclass2\tname\tdescription\taliases": [(1, "code", "occurs twice")],
    "code\t\tclass1\tclass2\tname\tdescription\taliases": [(1, "column 2", "has no name")],
    "": [
        (1, "", "the header row is missing; it reads: code class1 class2 name description aliases")
    ],
}


@pytest.mark.parametrize(("header", "problems"), HEADERS.items())
def test_a_wrong_header_names_the_column(
    header: str, problems: list[tuple[int, str, str]], tmp_path: Path
) -> None:
    assert problems_of(read_catalog, catalogue_file(tmp_path, line(), header=header)) == problems


def test_column_names_may_differ_in_case_and_order(tmp_path: Path) -> None:
    path = catalogue_file(
        tmp_path,
        "专利申请代理\t05.01.01\t知识产权服务\t专利服务\t代理\t",
        header="﻿Name\tCODE\tclass1\tclass2\tdescription\taliases ",
    )

    assert read_catalog(path)[0].name == "专利申请代理"


BAD_PROVIDERS = {
    "credit_code": ("123", 'must look like 91450100MA5N000000, not "123"'),
    "service_codes": ("05.01.01/patent", 'must look like 05.01.03, not "patent"'),
    "phone": ("call me", 'must look like 0771-1234567, not "call me"'),
    "email": ("nobody", 'must look like name@example.org, not "nobody"'),
    "rating": ("480", 'must be stars from 0 to 5, such as 4.8, not "480"'),
    "non_profit": ("?", 'must be 是 or 否, not "?"'),
}


@pytest.mark.parametrize(("column", "value", "reason"), [(k, *v) for k, v in BAD_PROVIDERS.items()])
def test_a_bad_provider_is_listed_with_its_reason(
    column: str, value: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "providers.json"
    write_providers(path, [FIRM])
    (row,) = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps([row | {column: value}]), "utf-8")

    assert problems_of(read_providers, path) == [(1, column, reason)]


def test_services_of_providers_must_be_in_the_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "providers.tsv"
    write_providers(path, [FIRM])

    assert problems_of(lambda file: read_providers(file, {"01.01.01"}), path) == [
        (2, "service_codes", "05.01.01 is not in the catalogue")
    ]


HEADER = "\t".join(CATALOG.names).encode() + b"\n"
UNREADABLE = {
    "empty.tsv": (b"", "the header row is missing"),
    "header.tsv": (HEADER, "holds no rows"),
    "gbk.tsv": ("code\t名称".encode("gbk"), "is not UTF-8 but probably GBK; save it as UTF-8"),
    "utf16.tsv": ("code\tname".encode("utf-16"), "is not UTF-8 but UTF-16"),
    "quote.tsv": (HEADER + b'"a"b\n', "a cell that begins with a quotation mark must end with one"),
    "open.tsv": (HEADER + b'"a\n', "a cell that begins with a quotation mark must end with one"),
    "broken.json": (b"[{]", "is not JSON"),
    "deep.json": (b"[" * 100_000, "is nested too deeply"),
    "object.json": (b"{}", "must be a list of objects"),
    "number.json": (b"[1]", "must be an object"),
    "twice.json": (b'[{"code": 1, "code": 2}]', "occurs twice"),
    "unknown.json": (b'[{"cod": 1}]', "is not a known column; did you mean code?"),
    "nested.json": (b'[{"aliases": {}}]', "must be a text, a number or a list of texts"),
    "slash.json": (b'[{"aliases": ["a/b"]}]', 'items of a list must not hold "/"'),
    "surrogate.json": (rb'[{"name": "\ud800"}]', "holds characters that are not text"),
    "text.xlsx": (b"code,name", "is not an .xlsx workbook"),
    "old.xls.xlsx": (b"\xd0\xcf\x11\xe0old", "is an old .xls or has a password"),
    "table.csv": (b"code", "must end in .tsv, .xlsx, .json"),
}


@pytest.mark.parametrize(("name", "content", "reason"), [(k, *v) for k, v in UNREADABLE.items()])
def test_a_file_that_cannot_be_read_is_explained(
    name: str, content: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    assert any(reason in problem[2] for problem in problems_of(read_catalog, path))


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    assert problems_of(read_catalog, tmp_path / "no.tsv") == [(0, "", "No such file or directory")]


def archive(entries: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return content.getvalue()


HOSTILE = {
    "bomb": ({"xl/worksheets/sheet1.xml": b"<a>" + b" " * (8 << 20)}, "is packed more than"),
    "large": (
        {f"{n}.bin": b"0123456789abcdef" * (1 << 16) for n in range(130)},
        "more than 128 MiB",
    ),
    "many": ({f"{n}.xml": b"" for n in range(501)}, "holds more than 500 files"),
    "dtd": (
        {"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'},
        "holds a document type definition",
    ),
    "xml": ({"xl/workbook.xml": b"<<"}, "holds broken XML in xl/workbook.xml"),
    "other": ({"hello.txt": b"hello"}, "is not a readable workbook"),
}


@pytest.mark.parametrize(("entries", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_workbook_is_refused(
    entries: dict[str, bytes], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "catalogue.xlsx"
    path.write_bytes(archive(entries))

    assert reason in problems_of(read_catalog, path)[0][2]


def test_a_broken_workbook_never_escapes_as_another_error(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.xlsx"
    write_catalog(path, [PATENT])
    whole = path.read_bytes()
    for cut in range(0, len(whole), 97):
        path.write_bytes(whole[:cut] + b"\xff" + whole[cut + 1 :])
        with contextlib.suppress(FileProblems):
            read_catalog(path)


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MAX_FILE_BYTES", 10)
    path = catalogue_file(tmp_path, line())

    assert problems_of(read_catalog, path) == [(0, "", "is larger than 16 MiB")]


def test_a_file_with_too_many_rows_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 2)
    path = catalogue_file(tmp_path, line(), line(), line())

    assert problems_of(read_catalog, path) == [(0, "", "has more than 2 rows")]


def test_an_export_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "providers.tsv"
    write_providers(path, [FIRM])
    before = path.read_bytes()

    with pytest.raises(UnicodeEncodeError):
        write_providers(path, [replace(FIRM, name="\ud800")])

    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["providers.tsv"]


def test_the_columns_are_those_operators_were_promised() -> None:
    assert " ".join(CATALOG.names) == (
        "code class1 class2 name description aliases process price_rule days materials online"
    )
    assert " ".join(PROVIDERS.names) == (
        "name credit_code class fields service_codes cases region address phone email im "
        "kind non_profit rating"
    )
