"""The page that explains the API: whoever asks for it again costs the server next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from displays.rules import api_docs

if TYPE_CHECKING:
    import httpx2
    import pytest

pytestmark = pytest.mark.slow


async def test_the_reference_is_made_once_a_language(
    sqlite_client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, operations = list[Any](), api_docs.operations

    def counted(description: dict[str, Any]) -> Any:
        made.append(description)
        return operations(description)

    monkeypatch.setattr(api_docs, "operations", counted)
    for language, heading, times in (("zh-CN", "参数", 1), ("en", "Parameters", 2), ("zh-CN", "参数", 2)):
        answer = await sqlite_client.get("/docs", headers={"Accept-Language": language})
        assert f"<caption>{heading}</caption>" in answer.text
        assert 'id="schema-' in answer.text
        assert "&lt;section" not in answer.text
        assert len(made) == times
