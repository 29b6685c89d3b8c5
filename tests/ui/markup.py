"""HTML as a browser parses it, so that tests look for links and images instead of strings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

from streamlit.testing.v1 import AppTest


@dataclass
class Tag:
    """One element with its attributes and the text in it and below."""

    name: str
    attributes: dict[str, str]
    text: str = ""

    def has(self, kind: str) -> bool:
        """Whether a class is among the element's own."""
        return kind in self.attributes.get("class", "").split()


VOID = {"img", "br", "hr", "input", "meta", "link"}


@dataclass
class Markup(HTMLParser):
    """The elements of some HTML in their order."""

    source: str
    tags: list[Tag] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Tag] = []
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = Tag(tag, {name: value or "" for name, value in attrs})
        self.tags.append(found)
        if tag not in VOID:
            self._open.append(found)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1].name == tag, f"</{tag}> closes <{self._open[-1].name}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for tag in self._open:
            tag.text += data

    def all(self, name: str, kind: str = "") -> list[Tag]:
        """The elements of a name, and of a class if one is given."""
        return [tag for tag in self.tags if tag.name == name and (not kind or tag.has(kind))]


def drawn(app: AppTest) -> Markup:
    """The HTML of a page; no page may end in a traceback."""
    assert not app.exception
    return Markup("".join(element.value for element in app.html if not element.value.startswith("<style>")))


def headings(app: AppTest) -> list[str]:
    """The headings below the title, Streamlit's and ours, in order."""
    found = []
    for element in app.main:
        if element.type == "header":
            found.append(str(element.value))
        elif element.type == "html":
            found += [tag.text for tag in Markup(element.value).all("h2", "rk-heading")]
    return found


def colour_alone(app: AppTest) -> set[str]:
    """What the charts of a page tell apart by colour and by nothing else."""
    found = set()
    for chart in app.get("vega_lite_chart"):
        spec = json.loads(chart.proto.spec)
        layers = [layer.get("encoding", {}) for layer in (spec, *spec.get("layer", ()))]
        by = {
            channel: {layer[channel]["field"] for layer in layers if "field" in layer.get(channel, {})}
            for channel in ("color", "shape", "strokeDash")
        }
        found |= by["color"] - by["shape"] - by["strokeDash"]
    return found


def message(app: AppTest) -> str:
    """The last heading: a page ends with what is wrong, if anything is."""
    return headings(app)[-1]


def cause(app: AppTest) -> str:
    """What the operator is told of a failure of the service, as its headline; the visitor reads none of it."""
    assert message(app) == "Films are away for a moment"
    told = next(one for one in app.expander if one.label == "For the administrator")
    return str(told.markdown[0].value).partition(".")[0]


def target(link: Tag) -> tuple[str, dict[str, list[str]]]:
    """The page and the query of a link's address."""
    parts = urlsplit(link.attributes["href"])
    return parts.path, parse_qs(parts.query)


def films(markup: Markup) -> list[int]:
    """The ids of the films that cards and rows link to, in order."""
    links = [link for link in markup.all("a", "rk-link") if link.has("rk-card") or link.has("rk-row")]
    return [int(target(link)[1]["id"][0]) for link in links]


def figures(markup: Markup) -> dict[str, str]:
    """Figures by their names."""
    names, values = markup.all("dt"), markup.all("dd")
    return {name.text: value.text for name, value in zip(names, values, strict=True)}
