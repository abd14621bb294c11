"""Portuguese on every screen and in every business error."""

from babel.messages.catalog import Catalog

from tests.architecture import translations


def test_every_sentence_is_told_in_portuguese() -> None:
    told = translations.translated(translations.catalogs().values())
    untold = {
        sentence: place
        for sentence, place in translations.said().items()
        if sentence and sentence not in told
    }
    assert not untold, "\n".join(f"{place}: {sentence}" for sentence, place in untold.items())


def test_no_sentence_is_put_together_before_it_is_translated() -> None:
    assert translations.said().get(None) is None


def test_every_catalog_is_one_that_django_loads() -> None:
    folders = translations.loaded_folders()
    assert [path for path in translations.catalogs() if path.parents[2] not in folders] == []


def test_no_translation_is_left_over() -> None:
    texts = translations.literals()
    left = {
        str(path.relative_to(translations.ROOT)): unused
        for path, catalog in translations.catalogs().items()
        if (
            unused := [
                message.id
                for message in catalog
                if message.id and translations.forms(message.id)[0] not in texts
            ]
        )
    }
    assert left == {}


def test_translations_hold_the_values_of_their_sentences() -> None:
    wrong = [
        (str(path.relative_to(translations.ROOT)), message.id)
        for path, catalog in translations.catalogs().items()
        for message in catalog
        if message.id and not _same_places(message.id, message.string)
    ]
    assert wrong == []


def _same_places(original: str | tuple[str, ...], portuguese: str | tuple[str, ...]) -> bool:
    """A singular may leave out its number ("um contrato"); nothing else may differ."""
    wanted = set().union(*map(translations.places, translations.forms(original)))
    *singular, last = (translations.places(form) for form in translations.forms(portuguese))
    return last == wanted and all(wanted - {"count"} <= each <= wanted for each in singular)


def test_two_catalogs_do_not_tell_one_sentence_in_two_ways() -> None:
    """Django merges them: the later would silently win."""
    ways: dict[object, set[object]] = {}
    for catalog in translations.catalogs().values():
        for message in catalog:
            if message.id:
                ways.setdefault((message.context, message.id), set()).add(message.string)
    assert {message: told for message, told in ways.items() if len(told) > 1} == {}


# ------------------------------------------------------------- the checks find what they are for

PYTHON = """
PARKED_MESSAGE = "Parked."
HINT = "Look here."
def no(name):
    raise Refusal("code", "No " "way, {name}.", name=name)
Text("Yes"), gettext_lazy("Maybe"), translation.gettext(HINT), ngettext("one", "{count} many", 2)
other("not a sentence"), gettext(variable)
gettext(f"too early {name}"), Refusal("code", "too early %s" % name)
"""

TEMPLATE = """{% load i18n %}{% translate "Save" %} {{ _("Cancel") }} {% translate "Close" as close %}
{% blocktranslate with name=customer.name count number=n %}one of {{ name }}{% plural %}{{ number }} of {{ name }}
{% endblocktranslate %}{# {% translate "commented out" %} #}"""


def test_sentences_are_found_in_python() -> None:
    found = [sentence for _, sentence in translations.python_sentences(PYTHON)]
    assert sorted(filter(None, found)) == [
        "Look here.",
        "Maybe",
        "No way, {name}.",
        "Parked.",
        "Yes",
        "one",
        "{count} many",
    ]
    assert found.count(None) == 2


def test_sentences_are_found_in_templates() -> None:
    assert sorted({sentence for _, sentence in translations.template_sentences(TEMPLATE)}) == [
        "%(number)s of %(name)s\n",
        "Cancel",
        "Close",
        "Save",
        "one of %(name)s",
    ]


def test_only_finished_translations_count() -> None:
    catalog = Catalog(locale="pt_BR")
    catalog.add("Yes", "Sim")
    catalog.add("No", "")
    catalog.add("Maybe", "Talvez", flags=["fuzzy"])
    catalog.add(("one", "{count} many"), ("um", "{count} muitos"))
    assert translations.translated([catalog]) == {"Yes", "one", "{count} many"}
    assert _same_places(("one", "{count} many"), ("um", "{count} muitos"))
    assert not _same_places(("one", "{count} many"), ("um", "muitos"))
    assert not _same_places("No way, {name}.", "De jeito nenhum.")
