# ruff: noqa: E501 (markup)
"""Parts and markup that no library here writes, put into a workbook by hand."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from tests.store.foreign.xml_forms import Members

SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
MS = "http://schemas.microsoft.com/office/"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
X14 = 'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"'
XM = 'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"'
SML = "application/vnd.openxmlformats-officedocument.spreadsheetml."
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# The order of elements after the cells, as the format has it.
_ORDER = [
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
]
Form = Callable[[Members], Members]
HAND_MADE: dict[str, Form] = {}


def by_hand(function: Form) -> Form:
    HAND_MADE[function.__name__] = function
    return function


def add(members: Members, name: str, content: str | bytes, content_type: str = "") -> None:
    """A part with its content type (none: it rests on a default for its ending)."""
    data = (HEAD + content).encode() if isinstance(content, str) else content
    members[name] = data
    if content_type:
        override = f'<Override PartName="/{name}" ContentType="{content_type}"/></Types>'
        types = members["[Content_Types].xml"]
        members["[Content_Types].xml"] = types.replace(b"</Types>", override.encode())


def default(members: Members, ending: str, content_type: str) -> None:
    types = members["[Content_Types].xml"]
    if f'Extension="{ending}"'.encode() not in types:
        entry = f'<Default Extension="{ending}" ContentType="{content_type}"/>'.encode()
        members["[Content_Types].xml"] = re.sub(rb"(<Types[^>]*>)", rb"\1" + entry, types)


def relate(members: Members, source: str, kind: str, target: str, mode: str = "") -> str:
    """A relation of a part; its id."""
    folder, file = posixpath.split(source)
    name = posixpath.join(folder, "_rels", f"{file}.rels")
    empty = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
    )
    xml = members.get(name, (HEAD + empty).encode())
    relation_id = f"rIdh{xml.count(b'<Relationship ') + 1}"
    mark = f' TargetMode="{mode}"' if mode else ""
    entry = f'<Relationship Id="{relation_id}" Type="{kind}" Target="{target}"{mark}/></Relationships>'
    members[name] = xml.replace(b"</Relationships>", entry.encode())
    return relation_id


def after_cells(members: Members, element: str, xml: str, sheet: str = SHEET) -> None:
    """An element at its place behind the cells of a worksheet."""
    content = members[sheet]
    names = "|".join(_ORDER[_ORDER.index(element) + 1 :] or ["/worksheet"])
    start = content.index(b"</sheetData>") if b"</sheetData>" in content else content.index(b"<sheetData/>")
    match = re.compile(rf"<(?:{names})[\s/>]|</worksheet>".encode()).search(content, start)
    assert match
    members[sheet] = content[: match.start()] + xml.encode() + content[match.start() :]


def in_book(members: Members, before: str, xml: str) -> None:
    content = members[BOOK]
    assert f"<{before}".encode() in content
    members[BOOK] = content.replace(f"<{before}".encode(), xml.encode() + f"<{before}".encode(), 1)


def extension(members: Members, xml: str, uri: str, sheet: str = SHEET) -> None:
    entry = f'<ext uri="{uri}">{xml}</ext>'
    content = members[sheet]
    if b"</extLst>" in content:
        at = content.rindex(b"</extLst>")
        members[sheet] = content[:at] + entry.encode() + content[at:]
    else:
        after_cells(members, "extLst", f"<extLst>{entry}</extLst>", sheet)


@by_hand
def drop_down_x14(members: Members) -> Members:
    """A drop-down that only Excel 2010 and later know: its list is on another worksheet."""
    body = (
        f'<x14:dataValidations {X14} {XM} count="1"><x14:dataValidation type="list" allowBlank="1">'
        "<x14:formula1><xm:f>汇总!$H$1:$H$2</xm:f></x14:formula1><xm:sqref>B2:B13</xm:sqref>"
        "</x14:dataValidation></x14:dataValidations>"
    )
    extension(members, body, "{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}")
    return members


@by_hand
def pivot_table(members: Members) -> Members:
    fields = "".join(
        f'<cacheField name="{n}" numFmtId="0"><sharedItems/></cacheField>' for n in ("名称", "级别", "金额")
    )
    add(members, "xl/pivotCache/pivotCacheDefinition1.xml",
        f'<pivotCacheDefinition {MAIN} {R} r:id="rIdh1" refreshOnLoad="1" recordCount="1"><cacheSource type="worksheet">'
        f'<worksheetSource ref="A1:C13" sheet="客户"/></cacheSource><cacheFields count="3">{fields}</cacheFields>'
        "</pivotCacheDefinition>", SML + "pivotCacheDefinition+xml")  # fmt: skip
    add(members, "xl/pivotCache/pivotCacheRecords1.xml",
        f'<pivotCacheRecords {MAIN} count="1"><r><s v="客户1"/><s v="普通"/><n v="1.5"/></r></pivotCacheRecords>',
        SML + "pivotCacheRecords+xml")  # fmt: skip
    relate(
        members,
        "xl/pivotCache/pivotCacheDefinition1.xml",
        OFFICE + "pivotCacheRecords",
        "pivotCacheRecords1.xml",
    )
    add(members, "xl/pivotTables/pivotTable1.xml",
        f'<pivotTableDefinition {MAIN} name="透视" cacheId="1" dataCaption="值"><location ref="E3:F5" '
        'firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/><pivotFields count="3"><pivotField axis="axisRow" '
        'showAll="0"/><pivotField showAll="0"/><pivotField dataField="1" showAll="0"/></pivotFields>'
        '<rowFields count="1"><field x="0"/></rowFields><dataFields count="1"><dataField name="和" fld="2"/>'
        "</dataFields></pivotTableDefinition>", SML + "pivotTable+xml")  # fmt: skip
    cache = OFFICE + "pivotCacheDefinition"
    relate(members, "xl/pivotTables/pivotTable1.xml", cache, "../pivotCache/pivotCacheDefinition1.xml")
    relate(members, "xl/worksheets/sheet2.xml", OFFICE + "pivotTable", "../pivotTables/pivotTable1.xml")
    relation = relate(members, BOOK, cache, "pivotCache/pivotCacheDefinition1.xml")
    caches = f'<pivotCaches><pivotCache cacheId="1" r:id="{relation}"/></pivotCaches>'
    members[BOOK] = members[BOOK].replace(b"</workbook>", caches.encode() + b"</workbook>")
    return members


@by_hand
def slicer(members: Members) -> Members:
    add(members, "xl/slicers/slicer1.xml",
        f'<slicers xmlns="{MS}spreadsheetml/2009/9/main"><slicer name="级别" cache="Slicer_级别" caption="级别"/>'
        "</slicers>", "application/vnd.ms-excel.slicer+xml")  # fmt: skip
    add(members, "xl/slicerCaches/slicerCache1.xml",
        f'<slicerCacheDefinition xmlns="{MS}spreadsheetml/2009/9/main" name="Slicer_级别" sourceName="级别"/>',
        "application/vnd.ms-excel.slicerCache+xml")  # fmt: skip
    relation = relate(members, SHEET, MS + "2007/relationships/slicer", "../slicers/slicer1.xml")
    relate(members, BOOK, MS + "2007/relationships/slicerCache", "slicerCaches/slicerCache1.xml")
    body = f'<x14:slicerList {X14} {R}><x14:slicer r:id="{relation}"/></x14:slicerList>'
    extension(members, body, "{A8765BA9-456A-4dab-B4F3-ACF838C121DE}")
    return members


@by_hand
def form_control(members: Members) -> Members:
    """A list box: control properties, its VML shape, and its two spellings in the worksheet."""
    if b"<legacyDrawing" in members[SHEET]:
        return members
    vml = (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel">'
        '<v:shape id="_x0000_s1030" type="#_x0000_t201"><x:ClientData ObjectType="Drop"><x:Anchor>8,0,1,0,9,0,2,0'
        "</x:Anchor><x:FmlaRange>$B$2:$B$5</x:FmlaRange></x:ClientData></v:shape></xml>"
    )
    default(members, "vml", "application/vnd.openxmlformats-officedocument.vmlDrawing")
    add(members, "xl/drawings/vmlDrawing77.vml", vml.encode())
    add(members, "xl/ctrlProps/ctrlProp77.xml",
        f'<formControlPr xmlns="{MS}spreadsheetml/2009/9/main" objectType="Drop" fmlaRange="$B$2:$B$5"/>',
        "application/vnd.ms-excel.controlproperties+xml")  # fmt: skip
    drawing = relate(members, SHEET, OFFICE + "vmlDrawing", "../drawings/vmlDrawing77.vml")
    control = relate(members, SHEET, OFFICE + "ctrlProp", "../ctrlProps/ctrlProp77.xml")
    after_cells(members, "legacyDrawing", f'<legacyDrawing r:id="{drawing}"/>')
    after_cells(members, "controls",
        f'<mc:AlternateContent {MC}><mc:Choice Requires="x14" {X14}><controls><mc:AlternateContent><mc:Choice '
        f'Requires="x14"><control shapeId="1030" r:id="{control}" name="Drop 6"/></mc:Choice></mc:AlternateContent>'
        "</controls></mc:Choice></mc:AlternateContent>")  # fmt: skip
    return members


@by_hand
def custom_xml(members: Members) -> Members:
    """Parts of add-ins; the second as Power Query writes its own: in UTF-16."""
    add(members, "customXml/item1.xml", '<b:x xmlns:b="urn:b"><b:y> z </b:y></b:x>')
    mashup = '<?xml version="1.0" encoding="utf-16"?><DataMashup xmlns="urn:m">AAAA</DataMashup>'
    add(members, "customXml/item2.xml", mashup.encode("utf-16"))
    props = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
    add(members, "customXml/itemProps1.xml", '<ds:datastoreItem xmlns:ds="urn:ds" ds:itemID="{1}"/>', props)
    relate(members, "customXml/item1.xml", OFFICE + "customXmlProps", "itemProps1.xml")
    for number in (1, 2):
        relate(members, BOOK, OFFICE + "customXml", f"../customXml/item{number}.xml")
    return members


@by_hand
def threaded_comments(members: Members) -> Members:
    threads = MS + "spreadsheetml/2018/threadedcomments"
    add(members, "xl/threadedComments/threadedComment1.xml",
        f'<ThreadedComments xmlns="{threads}"><threadedComment ref="B3" dT="2026-01-05T08:00:00.00" personId="{{1}}" '
        'id="{2}"><text>为什么？</text></threadedComment></ThreadedComments>',
        "application/vnd.ms-excel.threadedcomments+xml")  # fmt: skip
    add(members, "xl/persons/person.xml",
        f'<personList xmlns="{threads}"><person displayName="李" id="{{1}}" userId="li" providerId="AD"/></personList>',
        "application/vnd.ms-excel.person+xml")  # fmt: skip
    relate(
        members,
        SHEET,
        MS + "2017/10/relationships/threadedComment",
        "../threadedComments/threadedComment1.xml",
    )
    relate(members, BOOK, MS + "2017/10/relationships/person", "persons/person.xml")
    return members


@by_hand
def external_link(members: Members) -> Members:
    name = "xl/externalLinks/externalLink1.xml"
    add(members, name,
        f'<externalLink {MAIN}><externalBook {R} r:id="rIdh1"><sheetNames><sheetName val="S"/></sheetNames>'
        '<sheetDataSet><sheetData sheetId="0"><row r="1"><cell r="A1"><v>7</v></cell></row></sheetData>'
        "</sheetDataSet></externalBook></externalLink>", SML + "externalLink+xml")  # fmt: skip
    relate(members, name, OFFICE + "externalLinkPath", "file:///C:/%E5%88%AB.xlsx", "External")
    relation = relate(members, BOOK, OFFICE + "externalLink", "externalLinks/externalLink1.xml")
    before = "definedNames" if b"<definedNames" in members[BOOK] else "calcPr"
    in_book(
        members, before, f'<externalReferences><externalReference r:id="{relation}"/></externalReferences>'
    )
    return members


@by_hand
def query_table(members: Members) -> Members:
    add(members, "xl/queryTables/queryTable1.xml", f'<queryTable {MAIN} name="q" connectionId="1"/>',
        SML + "queryTable+xml")  # fmt: skip
    add(members, "xl/connections.xml",
        f'<connections {MAIN}><connection id="1" name="c" type="6" refreshedVersion="8"><textPr sourceFile="C:\\a.csv"/>'
        "</connection></connections>", SML + "connections+xml")  # fmt: skip
    relate(members, "xl/worksheets/sheet2.xml", OFFICE + "queryTable", "../queryTables/queryTable1.xml")
    relate(members, BOOK, OFFICE + "connections", "connections.xml")
    return members


@by_hand
def unknown_extensions(members: Members) -> Members:
    extension(
        members, '<y:z xmlns:y="urn:y" a="1">text<y:z/> tail </y:z>', "{00000000-0000-0000-0000-000000000001}"
    )
    end = b'<extLst><ext uri="{7}"><q:r xmlns:q="urn:q"/></ext></extLst></workbook>'
    members[BOOK] = members[BOOK].replace(b"</workbook>", end)
    return members


@by_hand
def alternate_content(members: Members) -> Members:
    head = f'<workbook {MC} mc:Ignorable="x15" xmlns:x15="{MS}spreadsheetml/2010/11/main"'
    members[BOOK] = members[BOOK].replace(b"<workbook", head.encode(), 1)
    path = f'<x15ac:absPath xmlns:x15ac="{MS}spreadsheetml/2010/11/ac" url="C:\\x\\"/>'
    choice = f'<mc:AlternateContent><mc:Choice Requires="x15">{path}</mc:Choice></mc:AlternateContent>'
    in_book(members, "bookViews", choice)
    return members


@by_hand
def row_attributes(members: Members) -> Members:
    """Attributes of other namespaces, spans, hidden phonetics, thick lines on every row."""
    head = f'<worksheet {MC} mc:Ignorable="x14ac xr" xmlns:x14ac="{MS}spreadsheetml/2009/9/ac" xmlns:xr="urn:xr" xr:uid="{{1}}"'
    known = b"x14ac" in members[SHEET]
    xml = members[SHEET] if known else members[SHEET].replace(b"<worksheet", head.encode(), 1)
    members[SHEET] = re.sub(rb"<row (?![^>]*x14ac)", b'<row x14ac:dyDescent="0.25" thickBot="1" ph="1" ', xml)
    return members


@by_hand
def sheet_leftovers(members: Members) -> Members:
    """Rare elements behind the cells."""
    after_cells(members, "sheetCalcPr", '<sheetCalcPr fullCalcOnLoad="1"/>')
    after_cells(members, "scenarios",
        '<scenarios current="0"><scenario name="好" count="1"><inputCells r="C2" val="9"/></scenario></scenarios>')  # fmt: skip
    if b"<autoFilter" not in members[SHEET]:
        after_cells(members, "sortState", '<sortState ref="A2:F13"><sortCondition ref="C2:C13"/></sortState>')
    after_cells(members, "phoneticPr", '<phoneticPr fontId="1" type="noConversion"/>')
    after_cells(members, "cellWatches", '<cellWatches><cellWatch r="F2"/></cellWatches>')
    after_cells(members, "webPublishItems",
        '<webPublishItems count="1"><webPublishItem id="1" divId="d" sourceType="sheet" destinationFile="a.htm"/>'
        "</webPublishItems>")  # fmt: skip
    return members


@by_hand
def views_and_ranges(members: Members) -> Members:
    after_cells(
        members,
        "protectedRanges",
        '<protectedRanges><protectedRange sqref="B2:B13" name="a"/></protectedRanges>',
    )
    after_cells(members, "customSheetViews",
        '<customSheetViews><customSheetView guid="{8BFB0C55-4B07-4B6E-9F0B-1C7C9E0B7C11}" scale="90"><autoFilter '
        'ref="A1:F13"/></customSheetView></customSheetViews>')  # fmt: skip
    members[BOOK] = members[BOOK].replace(b"</workbook>",
        b'<customWorkbookViews><customWorkbookView name="w" guid="{8BFB0C55-4B07-4B6E-9F0B-1C7C9E0B7C11}" '
        b'windowWidth="1" windowHeight="1" activeSheetId="1"/></customWorkbookViews></workbook>')  # fmt: skip
    return members


@by_hand
def odd_parts(members: Members) -> Members:
    """Printer settings, ribbons, labels, a thumbnail, a data model, signatures: bytes nobody here reads."""
    default(members, "bin", "application/vnd.openxmlformats-officedocument.spreadsheetml.printerSettings")
    default(members, "emf", "image/x-emf")
    default(members, "data", "application/vnd.openxmlformats-officedocument.model+data")
    add(members, "xl/printerSettings/printerSettings1.bin", bytes(range(256)))
    add(members, "docProps/thumbnail.emf", b"\1\0\0\0 emf")
    add(members, "xl/model/item.data", bytes(5_000))
    add(members, "customUI/customUI14.xml", '<customUI xmlns="urn:ui"/>')
    add(members, "docMetadata/LabelInfo.xml", '<clbl:labelList xmlns:clbl="urn:l"/>')
    relate(members, SHEET, OFFICE + "printerSettings", "../printerSettings/printerSettings1.bin")
    relate(members, "", MS + "2007/relationships/ui/extensibility", "customUI/customUI14.xml")
    relate(members, BOOK, MS + "2017/10/relationships/model", "model/item.data")
    relate(members, BOOK, OFFICE + "missing", "nowhere.xml")
    return members
