"""The contract's schemas, asked once for everything, and their answers in words."""

from __future__ import annotations

import difflib

import pandas as pd
from pandera.errors import SchemaErrors

from cstoolkit.data.check._problems import Report
from cstoolkit.data.contract import TABLES, column


def validate(name: str, table: pd.DataFrame, report: Report) -> None:
    """Check the table against its schema; cells that are reported already are not reported again."""
    try:
        TABLES[name].validate(table, lazy=True)
    except SchemaErrors as found:
        cases = found.failure_cases
    else:
        return
    for case in cases.itertuples(index=False):
        check = str(case.check)
        if "uniqueness" in check:
            continue
        if pd.isna(case.index):
            # Dtypes and columns are made to fit before: a schema that fails for them is a fault of this package.
            raise AssertionError(
                f"the schema of {name} failed for another reason than a value: {case}"
            )
        _cell(name, str(case.column), int(case.index), case.failure_case, check, report)


def _cell(name: str, each: str, position: int, value: object, check: str, report: Report) -> None:
    metadata = column(name, each).metadata
    if check == "not_nullable":
        report.add(
            name,
            each,
            position,
            None,
            rule="empty",
            problem="is empty, and every row needs it",
            mend="Fill it in, or leave the row out.",
        )
    elif check.startswith("isin"):
        choices = metadata["choices"]
        close = difflib.get_close_matches(str(value).casefold(), choices, n=1)
        line = f'[tables.{name}.values.{each}] "{value}" = "{close[0] if close else choices[0]}"'
        report.add(
            name,
            each,
            position,
            value,
            rule=f"choice {value}",
            problem=f"is none of {', '.join(choices)}",
            mend=f"Write one of them, or map it in mapping.toml: {line}.",
        )
    else:
        least, most = metadata["least"], metadata["most"]
        bounds = [
            f"at least {least:g}" if least is not None else "",
            f"at most {most:g}" if most is not None else "",
        ]
        unit = f" ({metadata['unit']})" if metadata["unit"] else ""
        report.add(
            name,
            each,
            position,
            value,
            rule="bounds",
            problem=f"is not {' and '.join(bound for bound in bounds if bound)}{unit}",
            mend="Check the value and its unit.",
        )
