"""Drive: files, folders, sharing, copies, exports."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import gspread
import openpyxl
import pytest
from gspread.utils import ExportFormat

from tests.sheets_server import drive_query
from tests.sheets_server.conftest import Send
from tests.sheets_server.connect import connect
from tests.sheets_server.drive_files import FOLDER, SPREADSHEET
from tests.sheets_server.oauth import DEFAULT_USER
from tests.sheets_server.server import PERSON, SheetsServer

FILES = "/drive/v3/files"


def error_of(answer: Any, code: int) -> dict[str, Any]:
    assert answer.status_code == code, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


def make(send: Send, name: str, mime_type: str = SPREADSHEET, **more: Any) -> str:
    answer = send("POST", FILES, json={"name": name, "mimeType": mime_type, **more})
    assert answer.ok, answer.text
    return str(answer.json()["id"])


def test_a_new_file_is_told_in_four_fields(send: Send) -> None:
    told = send("POST", FILES, json={"name": "n", "mimeType": SPREADSHEET}).json()
    file_id = told.pop("id")
    assert told == {"kind": "drive#file", "name": "n", "mimeType": SPREADSHEET}
    assert send("GET", f"/v4/spreadsheets/{file_id}").json()["properties"]["title"] == "n"


def test_gspread_creates_lists_opens_and_deletes(client: gspread.Client) -> None:
    made = [client.create(name) for name in ("甲", "乙", "甲")]
    assert {found["name"] for found in client.list_spreadsheet_files()} == {"甲", "乙"}
    assert {found["id"] for found in client.list_spreadsheet_files("甲")} == {made[0].id, made[2].id}
    assert set(client.list_spreadsheet_files()[0]) == {"id", "name", "createdTime", "modifiedTime"}
    assert client.open("乙").id == made[1].id
    assert {found.id for found in client.openall("甲")} == {made[0].id, made[2].id}
    assert len(client.openall()) == 3
    client.del_spreadsheet(made[1].id)
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open("乙")
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open_by_key(made[1].id)


def test_a_folder_holds_files_and_passes_its_sharing_on(send: Send, server: SheetsServer) -> None:
    client = connect(server.url)
    folder = make(send, "folder", FOLDER)
    inside, _outside = client.create("in", folder_id=folder), client.create("out")
    assert [found["id"] for found in client.list_spreadsheet_files(folder_id=folder)] == [inside.id]
    assert client.open("in", folder_id=folder).id == inside.id
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open("out", folder_id=folder)
    other = connect(server.url, user="other@example.com")
    with pytest.raises(PermissionError):
        other.open_by_key(inside.id)
    server.drive.share(folder, "other@example.com", "writer")
    assert other.open_by_key(inside.id).title == "in"
    assert [found["name"] for found in other.list_spreadsheet_files()] == ["in"]


def test_a_folder_that_is_not_there_is_said_so(client: gspread.Client) -> None:
    with pytest.raises(gspread.exceptions.APIError) as caught:
        client.create("x", folder_id="nowhere")
    assert caught.value.error == {
        "code": 404,
        "message": "File not found: nowhere.",
        "errors": [
            {
                "message": "File not found: nowhere.",
                "domain": "global",
                "reason": "notFound",
                "location": "fileId",
                "locationType": "parameter",
            }
        ],
    }


def test_pages_follow_each_other(send: Send) -> None:
    names = {make(send, f"n{number}") for number in range(7)}
    seen: list[str] = []
    token = ""
    while token is not None:
        params = {"pageSize": 3, "pageToken": token, "fields": "nextPageToken,files(id)"}
        page = send("GET", FILES, params=params).json()
        seen += [file["id"] for file in page["files"]]
        token = page.get("nextPageToken")
    assert len(seen) == 7
    assert set(seen) == names
    assert error_of(send("GET", FILES, params={"pageSize": 0}), 400)["errors"][0]["location"] == "pageSize"
    assert error_of(send("GET", FILES, params={"pageToken": "?"}), 400)["message"] == "Invalid Value"


def test_lists_are_ordered_as_asked(send: Send) -> None:
    for name in ("b", "C", "a"):
        make(send, name)

    def names(order: str) -> list[str]:
        found = send("GET", FILES, params={"orderBy": order}).json()["files"]
        return [file["name"] for file in found]

    assert names("name") == ["a", "b", "C"]
    assert names("name desc") == ["C", "b", "a"]
    assert names("createdTime") == ["b", "C", "a"]
    assert (
        error_of(send("GET", FILES, params={"orderBy": "colour"}), 400)["errors"][0]["location"] == "orderBy"
    )


FILE = {
    "name": "Team's plan 团队",
    "mimeType": SPREADSHEET,
    "trashed": False,
    "parents": ["p1"],
    "owners": ["me@x.y", "me"],
    "modifiedTime": "2026-03-04T05:06:07.000Z",
    "sharedWithMe": True,
}


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        (f'mimeType="{SPREADSHEET}"', True),
        (f"mimeType != '{SPREADSHEET}'", False),
        (f'mimeType="{SPREADSHEET}" and parents in "p1"', True),
        ("'p1' in parents", True),
        ("'p2' in parents", False),
        (r"name = 'Team\'s plan 团队'", True),
        ('name = "team\'s PLAN 团队"', True),
        ("name contains 'plan'", True),
        ("name contains 'lan'", False),
        ("trashed = false", True),
        ("trashed = true or 'me' in owners", True),
        ("not trashed = true and not (name = 'x' or name = 'y')", True),
        ("modifiedTime > '2026-01-01T00:00:00'", True),
        ("modifiedTime <= '2026-01-01T00:00:00Z'", False),
        ("sharedWithMe", True),
    ],
)
def test_the_query_language(query: str, matches: bool) -> None:
    assert drive_query.parse(query)(FILE) is matches


@pytest.mark.parametrize(
    "query",
    ["name = ", "colour = 'red'", "name ~ 'x'", "(name = 'x'", "name = 'x' and", "'p' in colour", "name='x"],
)
def test_a_query_that_cannot_be_read_is_an_invalid_value(send: Send, query: str) -> None:
    error = error_of(send("GET", FILES, params={"q": query}), 400)
    assert error["message"] == "Invalid Value"
    assert error["errors"][0]["location"] == "q"


def test_sharing_is_listed_and_taken_back(client: gspread.Client) -> None:
    book = client.create("shared")
    book.share("otto@example.com", perm_type="user", role="writer", notify=False)
    book.share("example.org", perm_type="domain", role="reader")
    answer = book.share("", perm_type="anyone", role="reader", with_link=True)
    assert answer.json() == {
        "kind": "drive#permission",
        "id": "anyoneWithLink",
        "type": "anyone",
        "role": "reader",
        "allowFileDiscovery": False,
    }
    listed = {item["type"]: item for item in book.list_permissions() if item["role"] != "owner"}
    assert listed["user"]["emailAddress"] == "otto@example.com"
    assert listed["domain"]["domain"] == "example.org"
    assert listed["anyone"]["allowFileDiscovery"] is False
    assert len(book.remove_permissions("otto@example.com", role="reader")) == 0
    assert book.remove_permissions("otto@example.com") == [listed["user"]["id"]]
    client.remove_permission(book.id, "anyoneWithLink")
    assert {item["type"] for item in client.list_permissions(book.id)} == {"user", "domain"}
    with pytest.raises(gspread.exceptions.APIError, match="Permission not found: anyoneWithLink"):
        client.remove_permission(book.id, "anyoneWithLink")


def test_the_same_person_shared_with_twice_has_the_later_role(client: gspread.Client) -> None:
    book = client.create("shared")
    ids = [book.share("o@example.com", "user", role).json()["id"] for role in ("reader", "writer")]
    assert ids[0] == ids[1]
    assert client.insert_permission(book.id, "o@example.com", "user", "writer").json()["id"] == ids[0]
    assert [item["role"] for item in book.list_permissions()] == ["owner", "writer"]


@pytest.mark.parametrize(
    ("body", "code", "reason", "location"),
    [
        (
            {"type": "user", "role": "writer", "emailAddress": "nobody"},
            400,
            "invalid",
            "permission.emailAddress",
        ),
        (
            {"type": "anyone", "role": "reader", "emailAddress": "a@b.cd"},
            400,
            "invalid",
            "permission.emailAddress",
        ),
        ({"type": "user", "emailAddress": "a@b.cd"}, 400, "required", "permission.role"),
        ({"type": "crowd", "role": "reader"}, 400, "invalid", "permission.type"),
        ({"type": "user", "role": "king", "emailAddress": "a@b.cd"}, 400, "invalid", "permission.role"),
        ({"type": "user", "role": "owner", "emailAddress": "a@b.cd"}, 403, "forbidden", "transferOwnership"),
    ],
)
def test_a_share_that_makes_no_sense_is_refused(
    send: Send, body: dict[str, str], code: int, reason: str, location: str
) -> None:
    error = error_of(send("POST", f"{FILES}/{make(send, 'x')}/permissions", json=body), code)
    assert (error["errors"][0]["reason"], error["errors"][0]["location"]) == (reason, location)


def test_ownership_is_offered_and_accepted(server: SheetsServer, client: gspread.Client) -> None:
    book = client.create("mine")
    permission_id = book.share("heir@example.com", "user", "writer").json()["id"]
    heir = connect(server.url, user="heir@example.com").open_by_key(book.id)
    with pytest.raises(gspread.exceptions.APIError, match="Consent is required"):
        heir.accept_ownership(permission_id)
    book.transfer_ownership(permission_id)
    pending = next(item for item in book.list_permissions() if item["id"] == permission_id)
    assert (pending["role"], pending["pendingOwner"]) == ("writer", True)
    heir.accept_ownership(permission_id)
    roles = {item["emailAddress"]: item["role"] for item in book.list_permissions()}
    assert roles == {DEFAULT_USER: "writer", "heir@example.com": "owner"}
    assert server.service.spreadsheets[book.id].owner == "heir@example.com"


def test_only_the_owner_deletes(client: gspread.Client, team: str) -> None:
    with pytest.raises(gspread.exceptions.APIError) as caught:
        client.del_spreadsheet(team)
    assert caught.value.error["errors"][0]["reason"] == "insufficientFilePermissions"
    with pytest.raises(gspread.exceptions.APIError, match="File not found: 1nowhere"):
        client.del_spreadsheet("1nowhere")


def test_a_deletion_answers_with_nothing(send: Send) -> None:
    answer = send("DELETE", f"{FILES}/{make(send, 'x')}")
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_copy_takes_the_rows_and_leaves_the_sharing(
    client: gspread.Client, server: SheetsServer, team: str
) -> None:
    twin = client.copy(team, title="副本", copy_permissions=False)
    assert server.dump(twin.id) == server.dump(team)
    assert [item["emailAddress"] for item in twin.list_permissions()] == [DEFAULT_USER]
    twin.worksheet("客户").update_acell("B2", "另一个")
    assert server.dump(team)["客户"][1][1] == "恒信科技"
    unnamed = client.copy(team, copy_comments=False)
    assert unnamed.title == "Copy of 团队"


def test_a_copy_takes_the_comments(client: gspread.Client, send: Send) -> None:
    book = client.create("talked about")
    comments = f"{FILES}/{book.id}/comments"
    assert error_of(send("POST", comments, json={"content": "x"}), 400)["errors"][0]["location"] == "fields"
    for text in ("first", "second"):
        send("POST", comments, params={"fields": "id"}, json={"content": text})
    twin = client.copy(book.id, title="twin")
    listed = send("GET", f"{FILES}/{twin.id}/comments", params={"fields": "comments/content"}).json()
    assert {item["content"] for item in listed["comments"]} == {"first", "second"}


def test_a_copy_can_go_into_a_folder_with_its_sharing(client: gspread.Client, send: Send) -> None:
    folder, book = make(send, "folder", FOLDER), client.create("x")
    twin = client.copy(book.id, title="y", folder_id=folder)
    assert [found["id"] for found in client.list_spreadsheet_files(folder_id=folder)] == [twin.id]


@pytest.mark.filterwarnings("ignore:worksheet.lastUpdateTime")
def test_times_are_drive_s_and_late(client: gspread.Client, server: SheetsServer) -> None:
    book = client.create("timed")
    assert book.creationTime == book.lastUpdateTime
    book.sheet1.update_acell("A1", 1)
    assert book.get_lastUpdateTime() == book.creationTime
    server.clock_offset_s += 60
    book.update_drive_metadata()
    assert book.lastUpdateTime > book.creationTime
    assert set(client.get_file_drive_metadata(book.id)) == {"id", "name", "createdTime", "modifiedTime"}


def test_a_file_and_its_spreadsheet_have_one_name(client: gspread.Client, send: Send) -> None:
    book = client.create("before")
    book.update_title("after")
    assert send("GET", f"{FILES}/{book.id}").json()["name"] == "after"
    send("PATCH", f"{FILES}/{book.id}", json={"name": "again"})
    assert client.open_by_key(book.id).title == "again"


def test_files_move_and_go_to_the_trash(send: Send) -> None:
    folder, book = make(send, "folder", FOLDER), make(send, "x")
    send("PATCH", f"{FILES}/{book}", params={"addParents": folder, "removeParents": "root"}, json={})
    in_root = send("GET", FILES, params={"q": "'root' in parents"}).json()["files"]
    assert [file["name"] for file in in_root] == ["folder"]
    send("PATCH", f"{FILES}/{book}", json={"trashed": True})
    assert send("GET", FILES, params={"q": "trashed = true"}).json()["files"][0]["id"] == book
    assert send("DELETE", f"{FILES}/trash").status_code == 204
    assert send("GET", f"{FILES}/{book}").status_code == 404


def test_all_that_is_known_of_a_file_can_be_asked_for(send: Send, team: str) -> None:
    told = send("GET", f"{FILES}/{team}", params={"fields": "*"}).json()
    assert told["owners"][0]["emailAddress"] == PERSON
    assert told["ownedByMe"] is False
    assert told["capabilities"]["canEdit"] is True
    assert "parents" not in told  # the person's own folder is not to be seen


@pytest.fixture
def filled(client: gspread.Client) -> gspread.Spreadsheet:
    book = client.create("filled")
    rows = [["name", "sum", "when"], ["恒信, 科技", 1.5, "2026-03-04"], ["", "=B2*2", True]]
    book.sheet1.update(rows, "A1", raw=False)
    book.add_worksheet("second", 5, 5).update([["x"]], "A1")
    return book


def test_export_as_excel_keeps_sheets_types_and_formulas(filled: gspread.Spreadsheet) -> None:
    read = openpyxl.load_workbook(io.BytesIO(filled.export(ExportFormat.EXCEL)))
    assert read.sheetnames == ["Sheet1", "second"]
    sheet = read["Sheet1"]
    assert (sheet["A2"].value, sheet["B2"].value, sheet["B3"].value) == ("恒信, 科技", 1.5, "=B2*2")
    assert sheet["C2"].is_date
    assert sheet["C3"].value is True


def test_export_as_text_shows_the_first_sheet(filled: gspread.Spreadsheet) -> None:
    shown = filled.export(ExportFormat.CSV).decode()
    assert shown == 'name,sum,when\r\n"恒信, 科技",1.5,2026-03-04\r\n,3,TRUE'
    assert filled.export(ExportFormat.TSV).decode().splitlines()[1] == "恒信, 科技\t1.5\t2026-03-04"


def test_other_exports_are_what_they_say(filled: gspread.Spreadsheet) -> None:
    assert filled.export(ExportFormat.PDF).startswith(b"%PDF-")
    pages = zipfile.ZipFile(io.BytesIO(filled.export(ExportFormat.ZIPPED_HTML)))
    assert pages.namelist() == ["Sheet1.html", "second.html"]
    odf = zipfile.ZipFile(io.BytesIO(filled.export(ExportFormat.OPEN_OFFICE_SHEET)))
    assert odf.read("mimetype") == b"application/vnd.oasis.opendocument.spreadsheet"
    assert "恒信, 科技" in odf.read("content.xml").decode()


def test_what_cannot_be_exported_is_refused(send: Send, team: str) -> None:
    error = error_of(send("GET", f"{FILES}/{team}/export", params={"mimeType": "image/gif"}), 400)
    assert error["errors"][0]["location"] == "convertTo"
    assert error_of(send("GET", f"{FILES}/{team}/export"), 400)["errors"][0]["reason"] == "required"
    folder = make(send, "f", FOLDER)
    answer = send("GET", f"{FILES}/{folder}/export", params={"mimeType": "text/csv"})
    assert error_of(answer, 403)["errors"][0]["reason"] == "fileNotExportable"


def test_a_csv_replaces_everything(client: gspread.Client, filled: gspread.Spreadsheet) -> None:
    told = client.import_csv(filled.id, '名称,数\n恒信,007\n"a,b",=1+1\n')
    assert (told["id"], told["mimeType"], told["title"]) == (filled.id, SPREADSHEET, filled.title)
    assert (told["kind"], told["editable"]) == ("drive#file", True)
    assert told["lastModifyingUser"]["emailAddress"] == DEFAULT_USER
    (sheet,) = client.open_by_key(filled.id).worksheets()
    assert sheet.get_all_values() == [["名称", "数"], ["恒信", "7"], ["a,b", "2"]]


def test_the_account_and_unknown_methods(send: Send) -> None:
    user = send("GET", "/drive/v3/about", params={"fields": "user"}).json()["user"]
    assert user["emailAddress"] == DEFAULT_USER
    assert send("GET", "/drive/v3/drives").json()["drives"] == []
    assert error_of(send("GET", "/drive/v3/changes/startPageToken"), 501)["message"].endswith(
        "getStartPageToken."
    )
