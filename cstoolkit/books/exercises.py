"""Answers to the exercises of notebook 10; their texts stand in exercises.toml."""

from cstoolkit import books
from cstoolkit.exercises import load


def arr_moved(company):
    today = books.today(company)
    plan = books.balance(today.customers, today.people, today.current, match=["tier"])
    moved = plan.assignment["moved"].to_numpy()
    return today.customers["arr"][moved].sum() / today.customers["arr"].sum()


def customers_moved(company):
    today = books.today(company)
    plan = books.balance(today.customers, today.people, today.current, match=["tier"])
    return plan.moves / len(today.customers)


def arr_moved_inside_walls(company):
    today = books.today(company)
    plan = books.balance(today.customers, today.people, today.current)
    moved = plan.assignment["moved"].to_numpy()
    return today.customers["arr"][moved].sum() / today.customers["arr"].sum()


def busiest(company):
    today = books.today(company)
    held = today.customers["customer_id"].map(today.current)
    return {"person": today.customers["hours"].groupby(held).sum().idxmax()}


def finds_nobody(company):
    today = books.today(company)
    held = today.customers["customer_id"].map(today.current)
    leaver = today.customers["hours"].groupby(held).sum().idxmax()
    left = today.without(leaver)
    plan = books.balance(left.customers, left.people, left.current, match=["tier"])
    return len(plan.unplaced)


def finds_somebody(company):
    today = books.today(company)
    held = today.customers["customer_id"].map(today.current)
    leaver = today.customers["hours"].groupby(held).sum().idxmax()
    left = today.without(leaver)
    return books.balance(left.customers, left.people, left.current, match=["tier"]).forced


def book_of_the_leaver(company):
    today = books.today(company)
    held = today.customers["customer_id"].map(today.current)
    leaver = today.customers["hours"].groupby(held).sum().idxmax()
    return (held == leaver).sum()


def with_twenty_moves(company):
    today = books.today(company)
    plan = books.balance(today.customers, today.people, today.current, match=["tier"], most=20)
    return plan.report().set_index("measure").loc["hours", "off_after"]


def with_all_moves(company):
    today = books.today(company)
    plan = books.balance(today.customers, today.people, today.current, match=["tier"])
    return plan.report().set_index("measure").loc["hours", "off_after"]


def with_no_move(company):
    today = books.today(company)
    plan = books.balance(today.customers, today.people, today.current, match=["tier"], most=0)
    return plan.report().set_index("measure").loc["hours", "off_after"]


def advice(company):
    """The figures of three sentences as a head of CS might write them."""
    today = books.today(company)
    plan = books.balance(today.customers, today.people, today.current, match=["tier"])
    hours = plan.report().set_index("measure").loc["hours"]
    return {
        "moves": plan.moves,
        "customers": len(today.customers),
        "before": hours["off_before"],
        "after": hours["off_after"],
        "locked": (today.customers["lock"] != "").sum(),
    }


EXERCISES = load(
    "books",
    arr_moved,
    customers_moved,
    arr_moved_inside_walls,
    busiest,
    finds_nobody,
    finds_somebody,
    book_of_the_leaver,
    with_twenty_moves,
    with_all_moves,
    with_no_move,
    advice,
)
