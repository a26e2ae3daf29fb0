"""gspread's Client and Spreadsheet against the emulator; Drive's part is in test_drive."""

from __future__ import annotations

import gspread
import pytest

from tests.sheets_server.conftest import ROWS
from tests.sheets_server.connect import connect
from tests.sheets_server.server import SheetsServer


def test_what_a_spreadsheet_says_of_itself(book: gspread.Spreadsheet, team: str) -> None:
    assert (book.id, book.title, book.locale) == (team, "团队", "en_US")
    assert book.url == f"https://docs.google.com/spreadsheets/d/{team}"
    assert book.timezone
    assert [sheet.title for sheet in book] == ["客户", "Visits"]
    assert book.sheet1.title == "客户"


def test_a_spreadsheet_opens_by_key_url_and_title(client: gspread.Client, team: str) -> None:
    assert client.open_by_key(team).id == team
    assert client.open_by_url(f"https://docs.google.com/spreadsheets/d/{team}/edit#gid=0").id == team
    assert client.open("团队").id == team
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open("nowhere")


def test_the_client_tells_when_its_token_ends(client: gspread.Client, team: str) -> None:
    client.open_by_key(team)
    assert client.expiry is not None


def test_login_refreshes_the_token(server: SheetsServer, client: gspread.Client) -> None:
    client.http_client.login()
    assert server.counters.requests(method_id="oauth.token") >= 1
    assert client.http_client.session.headers["Authorization"].startswith("Bearer ya29.")


def test_a_new_spreadsheet_is_google_s(client: gspread.Client) -> None:
    book = client.create("fresh")
    metadata = book.fetch_sheet_metadata()
    properties = metadata["properties"]
    assert properties["title"] == "fresh"
    assert properties["autoRecalc"] == "ON_CHANGE"
    assert properties["defaultFormat"]["backgroundColor"] == {"red": 1, "green": 1, "blue": 1}
    assert properties["defaultFormat"]["padding"] == {"top": 2, "right": 3, "bottom": 2, "left": 3}
    (sheet,) = metadata["sheets"]
    assert sheet == {
        "properties": {
            "sheetId": 0,
            "title": "Sheet1",
            "index": 0,
            "sheetType": "GRID",
            "gridProperties": {"rowCount": 1000, "columnCount": 26},
        }
    }
    assert metadata["spreadsheetUrl"].startswith(f"https://docs.google.com/spreadsheets/d/{book.id}/edit")


def test_worksheets_are_found_by_title_index_and_id(book: gspread.Spreadsheet) -> None:
    first, second = book.worksheets()
    assert book.worksheet("Visits").id == second.id
    assert book.get_worksheet(0).id == first.id
    assert book.get_worksheet_by_id(second.id).title == "Visits"
    for find in (
        lambda: book.worksheet("none"),
        lambda: book.get_worksheet(9),
        lambda: book.get_worksheet_by_id(5),
    ):
        with pytest.raises(gspread.WorksheetNotFound):
            find()


def test_worksheets_come_and_go(book: gspread.Spreadsheet) -> None:
    made = book.add_worksheet("new", rows=10, cols=5, index=0)
    assert (made.row_count, made.col_count, made.index) == (10, 5, 0)
    assert [sheet.title for sheet in book.worksheets()] == ["new", "客户", "Visits"]
    assert book.del_worksheet(made) == {"spreadsheetId": book.id, "replies": [{}]}
    book.del_worksheet_by_id(str(book.worksheet("Visits").id))
    assert [sheet.title for sheet in book.worksheets()] == ["客户"]


def test_two_sheets_cannot_have_one_name(book: gspread.Spreadsheet) -> None:
    with pytest.raises(gspread.exceptions.APIError) as caught:
        book.add_worksheet("Visits", 10, 10)
    assert caught.value.error == {
        "code": 400,
        "message": 'Invalid requests[0].addSheet: A sheet with the name "Visits" already exists. '
        "Please enter another name.",
        "status": "INVALID_ARGUMENT",
    }


def test_the_last_sheet_stays(client: gspread.Client) -> None:
    book = client.create("one")
    with pytest.raises(gspread.exceptions.APIError, match="You can't remove all the sheets in a document"):
        book.del_worksheet(book.sheet1)


def test_a_sheet_is_duplicated(book: gspread.Spreadsheet) -> None:
    source = book.worksheet("客户")
    twin = book.duplicate_sheet(source.id, insert_sheet_index=1, new_sheet_id=77, new_sheet_name="twin")
    assert (twin.id, twin.title, twin.index) == (77, "twin", 1)
    assert twin.get_all_values() == source.get_all_values()
    assert source.duplicate(new_sheet_name="other").title == "other"


def test_sheets_are_put_in_order(book: gspread.Spreadsheet) -> None:
    first, second = book.worksheets()
    book.reorder_worksheets([second, first])
    assert [sheet.title for sheet in book.worksheets()] == ["Visits", "客户"]


def test_properties_are_changed(book: gspread.Spreadsheet) -> None:
    book.update_title("新名")
    book.update_locale("zh_CN")
    book.update_timezone("Asia/Shanghai")
    properties = book.fetch_sheet_metadata()["properties"]
    assert (properties["title"], properties["locale"], properties["timeZone"]) == (
        "新名",
        "zh_CN",
        "Asia/Shanghai",
    )


def test_values_by_range_text(book: gspread.Spreadsheet, team: str) -> None:
    assert book.values_get("客户!A1:B2") == {
        "range": "'客户'!A1:B2",
        "majorDimension": "ROWS",
        "values": [["_id", "名称"], ["a1", "恒信科技"]],
    }
    got = book.values_batch_get(
        ["Visits!A:B", "客户!C2:C2"], params={"valueRenderOption": "UNFORMATTED_VALUE"}
    )
    assert [found["values"] for found in got["valueRanges"]] == [
        [["_id", "客户"], ["v1", "恒信科技"]],
        [[520]],
    ]
    wrote = book.values_update(
        "Visits!A3", params={"valueInputOption": "RAW"}, body={"values": [["v2", "x"]]}
    )
    assert wrote == {
        "spreadsheetId": team,
        "updatedRange": "Visits!A3:B3",
        "updatedRows": 1,
        "updatedColumns": 2,
        "updatedCells": 2,
    }
    body = {"valueInputOption": "RAW", "data": [{"range": "Visits!B3", "values": [["y"]]}]}
    assert book.values_batch_update(body)["totalUpdatedCells"] == 1
    appended = book.values_append("Visits", {"valueInputOption": "RAW"}, {"values": [["v3", "z"]]})
    assert appended["tableRange"] == "Visits!A1:B3"
    assert appended["updates"]["updatedRange"] == "Visits!A4:B4"
    assert book.values_clear("Visits!A4:B4") == {"spreadsheetId": team, "clearedRange": "Visits!A4:B4"}
    cleared = book.values_batch_clear(body={"ranges": ["Visits!A3", "Visits!B3"]})
    assert cleared["clearedRanges"] == ["Visits!A3", "Visits!B3"]


def test_a_range_of_a_sheet_that_is_not_there(book: gspread.Spreadsheet) -> None:
    with pytest.raises(gspread.exceptions.APIError) as caught:
        book.values_get("Nowhere!A1")
    assert caught.value.error["message"] == "Unable to parse range: Nowhere!A1"


def test_named_ranges(book: gspread.Spreadsheet) -> None:
    sheet = book.worksheet("客户")
    assert book.list_named_ranges() == []
    made = sheet.define_named_range("A2:B3", "people")["replies"][0]["addNamedRange"]["namedRange"]
    listed = book.list_named_ranges()
    assert [item["namedRangeId"] for item in listed] == [made["namedRangeId"]]
    assert listed[0]["range"]["endRowIndex"] == 3
    assert [cell.value for cell in book.named_range("people")] == ["a1", "恒信科技", "b2", "明远贸易"]
    sheet.delete_named_range(made["namedRangeId"])
    assert book.list_named_ranges() == []


def test_protected_ranges(book: gspread.Spreadsheet, server: SheetsServer, team: str) -> None:
    sheet = book.worksheet("客户")
    sheet.add_protected_range(
        "A1:A4", editor_users_emails=[], description="ids", requesting_user_can_edit=True
    )
    (protected,) = book.list_protected_ranges(sheet.id)
    assert protected["description"] == "ids"
    assert protected["range"]["endColumnIndex"] == 1
    server.drive.share(team, "guest@example.com", "writer")
    guest = connect(server.url, user="guest@example.com").open_by_key(team).worksheet("客户")
    with pytest.raises(gspread.exceptions.APIError, match="trying to edit a protected cell or object"):
        guest.update_acell("A2", "mine")
    sheet.delete_protected_range(protected["protectedRangeId"])
    guest.update_acell("A2", "mine")
    assert book.list_protected_ranges(sheet.id) == []


def test_a_sheet_goes_to_another_spreadsheet(client: gspread.Client, book: gspread.Spreadsheet) -> None:
    other = client.create("other")
    copied = book.worksheet("客户").copy_to(other.id)
    assert copied["title"] == "Copy of 客户"
    assert other.get_worksheet_by_id(copied["sheetId"]).get_all_values() == [
        [str(cell) for cell in row] for row in ROWS
    ]


def test_a_batch_is_all_or_nothing(book: gspread.Spreadsheet) -> None:
    requests = [
        {"updateSpreadsheetProperties": {"properties": {"title": "half"}, "fields": "title"}},
        {"addSheet": {"properties": {"title": "half"}}},
        {"deleteSheet": {"sheetId": 424242}},
    ]
    with pytest.raises(gspread.exceptions.APIError, match=r"requests\[2\].deleteSheet"):
        book.batch_update({"requests": requests})
    assert book.fetch_sheet_metadata()["properties"]["title"] == "团队"
    assert len(book.worksheets()) == 2
