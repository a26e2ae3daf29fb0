"""Remembers the language in the browser, so that the next visit opens in it."""

from __future__ import annotations

import streamlit as st

SCRIPT = """
export default function ({ data }) {
  const wanted = `${data.name}=${data.value}`;
  if (!document.cookie.split("; ").includes(wanted)) {
    document.cookie = `${wanted}; Path=/; Max-Age=31536000; SameSite=Lax`;
  }
  document.documentElement.lang = data.value === "zh" ? "zh-CN" : "en";
}
"""


def remember_language(name: str, value: str) -> None:
    """Write the cookie; both parts are ours, never a person's input."""
    component = st.components.v2.component("huifang_language", js=SCRIPT)
    component(data={"name": name, "value": value}, height=0)
