"""Keep what a member has chosen by hand: effective for every mail claimed after this returns.

The profile says so first, then every live enrolment is settled: a sender that decided before
fails at its claim, one that decides later reads the profile. To do it again changes nothing more.
"""

from collections.abc import Collection
from dataclasses import replace

from chalicelib.domain.journey import Programme
from chalicelib.domain.member import Member
from chalicelib.domain.preferences import DAY, Choice
from chalicelib.usecases.change_member import change_member
from chalicelib.usecases.engine import Engine
from chalicelib.usecases.erase_member import end_enrolments
from chalicelib.usecases.page_values import FormProblem
from chalicelib.usecases.settle_member import Cause, settle_member


def read_choice(
    programme: Programme, member: Member, topics: Collection[str], days: str | None, language: str
) -> Choice | FormProblem:
    """Return what the member chose, or what of it is not on offer.

    ``days`` is None where the form did not ask. What the member has is kept on offer to them.
    """
    if not set(topics) <= set(programme.topics):
        return FormProblem.TOPIC
    now = member.preferences.spacing
    offered = {str(each // DAY): each for each in (*programme.spacing, now) if each}
    if days and days not in offered:
        return FormProblem.SPACING
    if language and language not in programme.locales:
        return FormProblem.LANGUAGE
    spacing = now if days is None else offered.get(days)
    return Choice(topics=frozenset(topics), spacing=spacing, language=language)


def choose_preferences(engine: Engine, member_id: str, choice: Choice) -> Member | None:
    """Store the choice; return the member as it is now, None for one who is gone."""
    programme = engine.programme

    def chosen(member: Member) -> Member:
        changed = choice.language != programme.locale_of(member)
        now = replace(choice, language=choice.language if changed else "")
        kept = member.preferences.choosing(now, programme.topics)
        return replace(member, preferences=kept)

    member_id = engine.members.resolve(member_id)
    member = change_member(engine, member_id, chosen)
    if member:
        settle_member(engine, member_id)
        engine.metrics.count("preferences_chosen")
    return member


def turn_mails_on(engine: Engine, member_id: str) -> Member | None:
    """Let the member have mails again; who could not be mailed when joining enters now.

    An ended journey stays ended. Who is erased or merged meanwhile must be in no journey: who did
    that has not seen what is entered here.
    """
    member_id, now = engine.members.resolve(member_id), engine.clock.now()
    member = change_member(engine, member_id, lambda member: member.subscribed(now))
    if member is None:
        return None
    settle_member(engine, member_id, Cause(mended=True))
    if engine.members.load(member_id) is None:
        end_enrolments(engine, member_id, engine.programme.journeys)
        return None
    engine.metrics.count("mails_turned_on")
    return member
