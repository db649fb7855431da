"""What a kernel of the course knows before the set-up cell was run: what to do when a name is missing."""

WHICH = (
    "Run the cells above this one first, from the set-up cell on (import cstoolkit as cs): in the menu Run, "
    "Run All Above Selected Cell. After a restart a kernel has forgotten them."
)


def check(*answers):
    """Stands in until the set-up cell has made the real one; so do hint and solution."""
    print(WHICH)


hint = solution = check


def _say_which(result):
    if isinstance(result.error_in_exec, NameError):
        print(WHICH)


get_ipython().events.register("post_run_cell", _say_which)  # noqa: F821 - a kernel has it
