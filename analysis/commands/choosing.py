"""What options of `property` choose for its study: names with commas between, and its method."""

import re

import typer


def list_names(text: str) -> tuple[str, ...]:
    """The names in a text, each once; space around them does not count."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))


def refuse_stray(method: str | None, mixing: float | None, quantile: float) -> None:
    """Refuse what belongs to another method."""
    from analysis.properties.settings import PropertySettings

    if mixing is not None and method != "elastic-net":
        raise typer.BadParameter("--mixing goes with --method elastic-net")
    if quantile != PropertySettings.quantile and method != "quantile":
        raise typer.BadParameter("--quantile goes with --method quantile")


def read_sets(text: str) -> tuple[str, ...]:
    """Names of sets and views, each once; `all` stands for those of a study by default."""
    from analysis.properties.settings import FURTHER_SETS, SETS

    asked = [one.strip() for one in text.split(",")]
    names = [name for one in asked for name in (SETS if one == "all" else (one,))]
    known = (*SETS, *FURTHER_SETS)
    unknown = [one for one in names if one not in known and not re.fullmatch(r"\w+\.\w+", one)]
    if unknown:
        raise typer.BadParameter(
            f"--descriptors has no {', '.join(unknown)}; it has {', '.join(known)}, and views by "
            "their name, such as marts.my_view"
        )
    return tuple(dict.fromkeys(names))
