"""Pieces of the page of one client: choosing it, header, quick actions, contacts, obligations, purchases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lib.desk import client as counter
from lib.desk.client import ClientView
from lib.service.client_list import DORMANT, SOON
from lib.ui import session
from lib.ui.client_charts import purchases_figure
from lib.ui.client_pin import pin_button
from lib.ui.client_words import dormancy_words, tier_reason
from lib.ui.filters import choose_one, page_number
from lib.ui.format import EMPTY, escape_markdown, format_day, format_moment, format_money, is_missing
from lib.ui.receipt import show_receipt
from lib.ui.session import language, page, t
from lib.ui.status_line import draw_record_line
from lib.ui.theme import STATUS_BADGES, TIER_BADGES

KIND_KEY, OPEN_KEY = "client_kind", "client_obligations"
FIGURE_PX = 170
CONTACTS_SHOWN = 4
OBLIGATIONS_PER_PAGE = 8
ADDED = ("visits", "promises", "complaints", "inquiries")
PLAIN_COLUMNS = ("industry", "size", "city", "decision_chain", "former_names", "note")
plain = escape_markdown


def choose_client() -> None:
    """A search box over client names; a click opens one."""
    search = st.text_input(
        t("client.choose"),
        key="client_search",
        placeholder=t("client.choose_hint"),
        type="search",
        live="400ms",
    )
    found = counter.find(session.desk(), (search or "").strip())
    if not found:
        st.caption(t("clients.none_match"))
        return
    st.caption(t("client.choose_found"))
    with st.container(horizontal=True):
        for client, name in found.items():
            # A link to the page one is on loses its query, so the address is set here.
            st.button(plain(name), key=f"open:{client}", type="tertiary", on_click=_open, args=(client,))


def _open(client: str) -> None:
    st.query_params["client"] = client


def draw_header(view: ClientView) -> None:
    """Name, badges, and in words why the client has its tier and when it sleeps."""
    row, lang = view.row, language()
    st.page_link(page("clients"), label=t("client.back"), icon=":material/arrow_back:")
    st.title(plain(str(row["name"])) if not is_missing(row["name"]) else t("ui.page_client"))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(t(f"ui.tier_{row['tier']}"), color=TIER_BADGES[str(row["tier"])])
        if str(row["state"]) in (DORMANT, SOON):
            st.badge(t(f"clients.state_{row['state']}"), icon=":material/bedtime:", color="orange")
        _file_badge(view)
        owner = t("ui.none_owner") if is_missing(row["owner_name"]) else str(row["owner_name"])
        st.badge(f"{t('ui.owner')} {plain(owner)}", icon=":material/person:", color="gray")
    words = [tier_reason(row, lang, view.today), dormancy_words(row, lang, view.today)]
    if not is_missing(row["pin_reason"]):
        words.insert(1, str(row["pin_reason"]))
    st.caption(" · ".join(plain(word) for word in words))
    draw_record_line("clients", view.client)
    if view.missing:
        st.caption(
            t("client.file_missing_list", items=", ".join(plain(item) for item in _missing_names(view)))
        )


def _file_badge(view: ClientView) -> None:
    if view.missing:
        count = t("client.file_missing", count=len(view.missing))
        st.badge(count, icon=":material/assignment_late:", color="yellow")
    else:
        st.badge(t("client.file_complete"), icon=":material/assignment_turned_in:", color="green")


def _missing_names(view: ClientView) -> list[str]:
    worksheets = session.desk().schema.worksheets
    return [
        worksheets[sheet].columns[column].header(language())
        if column
        else worksheets[sheet].title(language())
        for sheet, column in view.missing
    ]


def draw_figures(view: ClientView) -> None:
    """Key figures; the button below each shows the rows behind it further down."""
    row, lang = view.row, language()
    figures = (
        ("amount", format_money(row["trailing_amount"], lang), KIND_KEY, "transactions"),
        ("last_purchase", _iso_day(row["last_purchase_on"]), KIND_KEY, "transactions"),
        ("last_contact", _iso_day(row["last_contact_at"]), KIND_KEY, "interactions"),
        ("complaints", str(view.open_complaints), KIND_KEY, "complaints"),
        ("overdue", str(row["overdue"]), OPEN_KEY, "open"),
    )
    shown = {"open"} if row["overdue"] else set()
    shown |= set(counter.kinds(view.entries))
    with st.container(horizontal=True, gap="small"):
        for name, value, key, code in figures:
            with st.container(border=True, width=FIGURE_PX, gap="xsmall"):
                st.metric(t(f"client.figure_{name}"), value)
                st.button(
                    t("client.show_rows"),
                    key=f"figure:{name}",
                    type="tertiary",
                    icon=":material/arrow_downward:",
                    disabled=code not in shown,
                    on_click=_choose,
                    args=(key, code),
                )


def _iso_day(value: Any) -> str:
    return EMPTY if is_missing(value) else f"{value:%Y-%m-%d}"


def _choose(key: str, code: str) -> None:
    st.session_state[key] = code


def draw_actions(view: ClientView) -> None:
    """Buttons that open a form for this client on the page Add and edit."""
    may_edit = session.actor().may_edit("interactions")
    with st.container(horizontal=True):
        _form_button("record_contact", "interactions", "new", view, may_edit, primary=True)
        for worksheet in ADDED:
            _form_button(f"add_{worksheet}", worksheet, "new", view, may_edit)
        _form_button("edit_file", "clients", view.client, view, may_edit)
        pin_button("client_pin", view.client, str(view.row["tier"]))


def _form_button(
    name: str, worksheet: str, record: str, view: ClientView, enabled: bool, *, primary: bool = False
) -> None:
    clicked = st.button(
        t(f"client.{name}"),
        key=f"action:{name}",
        type="primary" if primary else "secondary",
        icon=":material/edit:" if name == "edit_file" else ":material/add:",
        disabled=not enabled,
    )
    if clicked:
        given = {"client": view.client} if worksheet != "clients" else {}
        st.switch_page(page("records"), query_params={"worksheet": worksheet, "record": record, **given})


def draw_contacts(view: ClientView) -> None:
    """A card for each contact; the few first, the rest folded away."""
    st.subheader(t("client.contacts"))
    if view.contacts.empty:
        st.caption(t("client.no_contacts"))
    with st.container(horizontal=True):
        for contact in view.contacts.head(CONTACTS_SHOWN).to_dict("records"):
            _contact_card(contact)
    rest = view.contacts.iloc[CONTACTS_SHOWN:]
    if len(rest):
        with st.expander(t("client.more_contacts", count=len(rest))), st.container(horizontal=True):
            for contact in rest.to_dict("records"):
                _contact_card(contact)
    _form_button("add_contacts", "contacts", "new", view, session.actor().may_edit("contacts"))


def _contact_card(contact: Mapping[Any, Any]) -> None:
    with st.container(border=True, width=250, gap="xsmall"):
        st.markdown(f"**{plain(_or_dash(contact['name']))}**")
        role = contact["decision_role"]
        words = [] if is_missing(contact["title"]) else [str(contact["title"])]
        if not is_missing(role):
            column = session.desk().schema.worksheets["contacts"].columns["decision_role"]
            words.append(column.choice(role).label(language()))
        st.caption(plain(" · ".join(words)) or "\u00a0")
        for key in ("phone", "email"):
            if not is_missing(contact[key]):
                st.text(str(contact[key]))


def _or_dash(value: Any) -> str:
    return EMPTY if is_missing(value) else str(value)


def draw_file(view: ClientView) -> None:
    """The client's own row, folded away."""
    columns = session.desk().schema.worksheets["clients"].columns
    own = view.rows["clients"].iloc[0]
    with st.expander(t("client.file"), icon=":material/folder_open:"), st.container(horizontal=True):
        for key in PLAIN_COLUMNS:
            _file_item(columns[key].header(language()), _or_dash(own[key]))
        basis = own["lawful_basis"]
        label = EMPTY if is_missing(basis) else columns["lawful_basis"].choice(basis).label(language())
        _file_item(columns["lawful_basis"].header(language()), label)
        for key in ("cooperation_began_on", "consent_on"):
            _file_item(columns[key].header(language()), format_day(own[key], language(), view.today))


def _file_item(header: str, value: str) -> None:
    with st.container(width=230, gap=None):
        st.caption(header)
        st.markdown(plain(value))


def draw_obligations(view: ClientView) -> None:
    """Open or done obligations; each with its status, the verdict without pauses, and its receipt."""
    st.subheader(t("client.obligations"))
    counts = view.obligations["is_open"].value_counts()
    names = {
        "open": t("client.obligations_open", count=int(counts.get(True, 0))),
        "closed": t("client.obligations_closed", count=int(counts.get(False, 0))),
    }
    chosen = choose_one(t("ui.status"), names, OPEN_KEY, default="open") or "open"
    rows = view.obligations[(view.obligations["is_open"] == (chosen == "open")).to_numpy(bool)]
    if rows.empty:
        st.caption(t(f"client.no_obligations_{chosen}"))
        return
    pages = -(-len(rows) // OBLIGATIONS_PER_PAGE)
    with st.container(gap="xsmall"):
        place = st.container(gap="xsmall")
        number = page_number(pages, f"client_page_{chosen}")
    first = (number - 1) * OBLIGATIONS_PER_PAGE
    with place:
        for obligation in rows.iloc[first : first + OBLIGATIONS_PER_PAGE].reset_index().to_dict("records"):
            _obligation_row(obligation, view)


def _obligation_row(obligation: Mapping[Any, Any], view: ClientView) -> None:
    status, plain_status = str(obligation["status"]), str(obligation["status_unpaused"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small", border=True):
        st.badge(t(f"ui.obligation_{status}"), color=STATUS_BADGES[status])
        st.markdown(f"**{plain(str(obligation['clause_name']))}**", width="content")
        st.caption(_when(obligation, view), width="content")
        if plain_status != status and not is_missing(obligation["status_unpaused"]):
            words = t("client.without_pauses", status=t(f"ui.obligation_{plain_status}"))
            st.badge(words, color=STATUS_BADGES[plain_status])
        st.space("stretch")
        if st.button(
            t("client.receipt"),
            key=f"receipt:{obligation['id']}",
            type="tertiary",
            icon=":material/receipt_long:",
        ):
            show_receipt(str(obligation["id"]))


def _when(obligation: Mapping[Any, Any], view: ClientView) -> str:
    """Due time, limit, when it was done, and by whom; what is missing is left out."""
    due, limit, done = obligation["due_at"], obligation["limit_at"], obligation["done_at"]
    moments = {"due": due, "limit": None if limit == due else limit, "done": done}
    words = [
        t(f"client.{name}", moment=plain(format_moment(moment, language(), view.today)))
        for name, moment in moments.items()
        if not is_missing(moment)
    ]
    if obligation["provisional"]:
        words.append(t("ui.provisional"))
    if not is_missing(obligation["owner_name"]):
        words.append(plain(str(obligation["owner_name"])))
    return " · ".join(words)


def draw_purchases(view: ClientView) -> None:
    """Monthly bars with the 12-month total against the amount of a key client."""
    st.subheader(t("client.purchases"))
    if not view.months["trailing"].any():
        st.caption(t("client.purchases_none"))
        return
    threshold = float(view.row["key_threshold"])
    figure = purchases_figure(view.months, threshold, (t("client.bar"), t("client.line")))
    st.plotly_chart(
        figure, key="client_purchases", config={"displayModeBar": False}, alt=t("client.purchases_alt")
    )
    st.caption(t("client.purchases_caption", threshold=plain(format_money(threshold, language()))))
