"""What a browser session holds: the desk, the language, who acts. The only cache of the process."""

from __future__ import annotations

import gc
import uuid

import streamlit as st

from lib.desk import Actor, Desk
from lib.locale import LANGUAGES, text
from lib.settings import Settings, parse_language, read_settings
from lib.store.workbook import WorkbookStore

LANGUAGE_COOKIE = "huifang_lang"


@st.cache_resource(show_spinner=False)
def desk() -> Desk:
    """The process's one desk, over the store the settings name. Raises SettingsError."""
    settings = read_settings()
    made = Desk(WorkbookStore(settings.store), settings)
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


def actor() -> Actor:
    """Who acts in this session, looked up in the Staff worksheet at each call."""
    return desk().actor(st.session_state.get("actor_id"))


def operation_id(form: str) -> str:
    """One id for one filled-in form, so that a second click does not write twice."""
    ids: dict[str, str] = st.session_state.setdefault("operation_ids", {})
    return ids.setdefault(form, uuid.uuid4().hex)


def close_operation(form: str) -> None:
    """The form was saved or left: its next submission is a new operation."""
    st.session_state.setdefault("operation_ids", {}).pop(form, None)
