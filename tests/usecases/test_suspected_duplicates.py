"""Who may be one person is listed until they are one, or one of them is nobody."""

from usecases.engines import ann, memory_engine, tell
from usecases.test_merge_members import BEN, CAROL, ben, joins

from chalicelib.domain.identity import AliasType
from chalicelib.usecases.duplicates import duplicates
from chalicelib.usecases.erase_member import erase_member
from chalicelib.usecases.merge_members import merge, unmerge

SHARED = {"email": "home@example.com", "phone": "+7 999 123-45-67"}


def family():
    engine = memory_engine()
    tell(engine, facts={"channel": "offline", "card": "7000000001", **SHARED})
    joins(engine, BEN, **SHARED)
    return engine


def test_a_pair_is_listed_once_with_every_name_that_both_have():
    engine = family()
    [pair] = duplicates(engine)
    assert (pair.member_id, pair.other) == (ben(engine), ann(engine))
    assert pair.types == (AliasType.EMAIL, AliasType.PHONE)


def test_who_was_merged_is_listed_no_more_and_who_was_parted_again_is():
    engine = family()
    merge(engine, ann(engine), ben(engine))
    assert duplicates(engine) == []
    unmerge(engine, ben(engine))
    assert len(duplicates(engine)) == 1


def test_who_may_be_the_absorbed_may_be_the_survivor():
    engine = family()
    carol = joins(engine, CAROL, email="carol@example.com", phone=SHARED["phone"])
    merge(engine, ben(engine), ann(engine))
    [pair] = duplicates(engine)
    assert (pair.member_id, pair.other) == (carol, ben(engine))


def test_who_is_erased_is_nobody_s_double():
    engine = family()
    erase_member(engine, ben(engine))
    assert duplicates(engine) == []
