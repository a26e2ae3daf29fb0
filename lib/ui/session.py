"""What a browser session holds: the desk, the language, who acts. The only cache of the process."""

from __future__ import annotations

import gc
import threading
import uuid
from collections.abc import Collection, Mapping

import streamlit as st
from streamlit.navigation.page import Page

from lib.desk import Actor, Desk
from lib.locale import LANGUAGES, text
from lib.settings import Settings, parse_language, read_settings
from lib.store.opening import open_store

LANGUAGE_COOKIE = "huifang_lang"


def desk() -> Desk:
    """The process's one desk, over the store that the settings name. Raises SettingsError."""
    office = _office()
    with office.lock:
        if office.desk is None:
            office.desk = _open_desk()
        return office.desk


def serve(made: Desk) -> None:
    """Have all sessions use this desk from now on, whatever the settings name."""
    office = _office()
    with office.lock:
        office.desk = made


class _Office:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.desk: Desk | None = None


@st.cache_resource(show_spinner=False)
def _office() -> _Office:
    return _Office()


def _open_desk() -> Desk:
    settings = read_settings()
    made = Desk(open_store(settings), settings)
    gc.collect()
    gc.freeze()  # Streamlit collects after each run; imported modules need not be walked again
    return made


def settings() -> Settings:
    return desk().settings


def language() -> str:
    """The session's language: chosen, else remembered by the browser, else the setting."""
    if "language" not in st.session_state:
        remembered = st.context.cookies.get(LANGUAGE_COOKIE, "")
        st.session_state["language"] = remembered if remembered in LANGUAGES else settings().language
    return parse_language(str(st.session_state["language"]))


def t(key: str, /, **values: object) -> str:
    """The message ``key`` (``file.key``) in the session's language."""
    return text(language(), key, **values)


def page(name: str) -> Page:
    """The registered page of that name, for links and switches."""
    registered: Mapping[str, Page] = st.session_state["_pages"]
    return registered[name]


def actor() -> Actor:
    """Who acts in this session, looked up in the Staff worksheet at each call."""
    return desk().actor(st.session_state.get("actor_id"))


def operation_id(form: str) -> str:
    """One id for one filled-in form, so that a second click does not write twice."""
    ids: dict[str, str] = st.session_state.setdefault("operation_ids", {})
    return ids.setdefault(form, uuid.uuid4().hex)


def forget_forms(records: Collection[str]) -> None:
    """Forms that are open on these records start anew from what their cells hold now.

    The key of such a form is ``record:WORKSHEET:RECORD:CLIENT``, of its parts that and more.
    """
    ids: dict[str, str] = st.session_state.setdefault("operation_ids", {})
    for held in (ids, st.session_state):
        for key in [str(key) for key in held]:
            parts = key.split(":")
            if parts[0] == "record" and len(parts) > 2 and parts[2] in records:
                del held[key]


def close_operation(form: str) -> None:
    """The form was saved or left: its next submission is a new operation."""
    st.session_state.setdefault("operation_ids", {}).pop(form, None)
