"""Says the usual week, what differs from it, and the public holidays."""

from collections.abc import Sequence

from knowledge.exceptions import Run, runs
from knowledge.hours import Interval
from knowledge.hours_phrases import HoursPhrases
from knowledge.opening import Day

_HOLIDAY_HORIZON_DAYS = 400
_MOST_EXCEPTIONS = 3


def about_week(phrases: HoursPhrases, days: Sequence[Day]) -> str:
    """Returns the usual week and what differs from it on `days`."""
    sentences = [_usual_week(phrases)]
    exceptions = [_exception(phrases, run) for run in runs(days)][:_MOST_EXCEPTIONS]
    if exceptions:
        sentences.append(
            phrases.say("week_exception", exceptions=phrases.speech.joined(exceptions))
        )
    return " ".join(sentences)


def _usual_week(phrases: HoursPhrases) -> str:
    groups: dict[tuple[Interval, ...], list[int]] = {}
    for weekday in range(7):
        groups.setdefault(phrases.hours.usual(weekday), []).append(weekday)
    closed = groups.pop((), [])
    spoken = [
        phrases.text("week_group").format(
            days=phrases.speech.habit(weekdays), intervals=phrases.speech.intervals(intervals)
        )
        for intervals, weekdays in groups.items()
    ]
    listed = phrases.text("week_open").format(**phrases.fill, groups=phrases.speech.grouped(spoken))
    sentences = [phrases.say("week", open_week=listed)]
    if closed:
        sentences.append(phrases.say("week_closed", days=phrases.speech.habit(closed)))
    return " ".join(sentences)


def about_month(phrases: HoursPhrases, days: Sequence[Day]) -> str:
    """Returns what differs from the usual week on `days`, which are of one month."""
    month = phrases.speech.in_month(days[0].date.month)
    exceptions = [_exception(phrases, run) for run in runs(days)]
    if not exceptions:
        return phrases.say("month_usual", month=month)
    return phrases.say("month_exception", month=month, exceptions=phrases.speech.joined(exceptions))


def about_holidays(phrases: HoursPhrases) -> str:
    """Returns whether it is open on public holidays, and which comes next."""
    if not phrases.hours.closed_on_holidays:
        return phrases.say("holidays_open")
    coming = phrases.hours.days(phrases.today, _HOLIDAY_HORIZON_DAYS)
    following = next((day for day in coming if day.holiday), None)
    if following is None:
        return phrases.say("holidays_closed_unknown")
    return phrases.say(
        "holidays_closed",
        holiday=phrases.holiday(following),
        date=phrases.speech.full_date(following.date),
    )


def _exception(phrases: HoursPhrases, run: Run) -> str:
    first, last = run.days[0], run.days[-1]
    if len(run.days) > 1:
        dates = phrases.speech.dates(first.date, last.date)
        return phrases.text("exception_dates").format(**phrases.fill, dates=dates)
    key = "exception_open" if first.intervals else "exception_closed"
    if first.holiday and not first.intervals:
        key = "exception_holiday"
    return phrases.text(key).format(
        **phrases.fill,
        **phrases.why(first),
        day=phrases.speech.near_day(first.date, phrases.today),
        intervals=phrases.speech.intervals(first.intervals),
    )
