import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UnknownSubjectError
from bot.market.search import MAX_SUGGESTIONS, Candidate, resolve, search
from bot.operations.sample import SampleMarket
from bot.presentation.error_texts import error_sentence

SAMPLE = SampleMarket().find_edition()

FRUIT = [
    Candidate("fruit:apple", "Apple (Fruit)", ("Apple", "Fruit")),
    Candidate("fruit:pineapple", "Pineapple (Fruit)", ("Pineapple", "Fruit")),
    Candidate("drink:apple_juice", "Apple Juice (Drink)", ("Apple Juice", "Drink")),
    Candidate("drink:cider", "Cider of apples (Drink)", ("Cider of apples", "Drink")),
]


def found(typed: str) -> list[str]:
    return [candidate.key for candidate in search(FRUIT, typed)]


class TestSearch:
    """What autocomplete lists."""

    def test_nothing_typed_lists_everything(self) -> None:
        """In the order in which it is given: the largest task first."""
        assert [candidate.key for candidate in FRUIT] == found("")

    def test_the_best_match_comes_first(self) -> None:
        """The whole name, then its beginning, then the beginning of a word, then any part."""
        assert ["fruit:apple", "drink:apple_juice", "drink:cider", "fruit:pineapple"] == found("apple")

    @pytest.mark.parametrize(
        "typed", ["APPLE JUICE", "apple-juice", "  apple   juice ", "drink:apple_juice", "Apple/Juice"]
    )
    def test_case_and_punctuation_make_no_difference(self, typed: str) -> None:
        """Nor do blanks."""
        assert ["drink:apple_juice"] == found(typed)

    def test_words_may_stand_anywhere(self) -> None:
        """In any order, in any of the names."""
        assert ["drink:apple_juice"] == found("juice drink")

    def test_equal_matches_keep_their_order(self) -> None:
        """So that the larger task stays above the smaller."""
        assert ["fruit:apple", "fruit:pineapple"] == found("fruit")

    def test_what_is_in_no_name_finds_nothing(self) -> None:
        """It does not guess."""
        assert [] == found("banana")

    @pytest.mark.parametrize(("typed", "key"), [("pinaple", "fruit:pineapple"), ("APPEL JUICE", "drink:apple_juice")])
    def test_a_slip_of_the_keyboard_is_offered_what_was_meant(self, typed: str, key: str) -> None:
        """Only where nothing matches, and only what is spelled nearly so."""
        assert key == found(typed)[0]

    @pytest.mark.parametrize("typed", ["", " ", "!?", "\N{FACE WITH TEARS OF JOY}"])
    def test_no_words_list_everything_in_order(self, typed: str) -> None:
        """Also before a thing without a name that can be read."""
        nameless = Candidate("\N{FACE WITH TEARS OF JOY}", "\N{FACE WITH TEARS OF JOY}")

        assert [*FRUIT, nameless] == search([*FRUIT, nameless], typed)

    @pytest.mark.parametrize(
        ("typed", "tag"),
        [
            ("debug", "code:debugging"),
            ("code gen", "code:general_impl"),
            ("general_impl", "code:general_impl"),
            ("sql", "code:sql_database"),
            ("Q&A", "qa_knowledge"),
            ("devops", "devops"),
        ],
    )
    def test_the_sample_is_found_by_label_or_tag(self, typed: str, tag: str) -> None:
        """The one that is meant is on top."""
        assert tag == search(SAMPLE.tasks, typed)[0].key

    @pytest.mark.parametrize("typed", ["deepseek flash", "v4-flash", "DeepSeek V4 Flash"])
    def test_models_are_found_by_any_part_of_their_name_or_id(self, typed: str) -> None:
        """Both of those that differ by their date alone."""
        assert {"deepseek/deepseek-v4-flash-20260423", "deepseek/deepseek-v4-flash-20260731"} == {
            candidate.key for candidate in search(SAMPLE.models, typed)
        }

    def test_a_category_lists_its_tasks(self) -> None:
        """All nine of code are found by its label."""
        code = {each.tag for each in SAMPLE.snapshot.data.classifications if each.macro_category == "code"}

        assert code <= {candidate.key for candidate in search(SAMPLE.tasks, "code")}

    @settings(deadline=None, max_examples=100)
    @given(typed=st.text(max_size=30))
    def test_whatever_is_typed_finds_each_at_most_once(self, typed: str) -> None:
        """No text breaks it."""
        keys = [candidate.key for candidate in search(SAMPLE.models, typed)]

        assert len(keys) == len(set(keys))


class TestResolve:
    """What free text means."""

    @pytest.mark.parametrize("candidate", [*SAMPLE.tasks, *SAMPLE.models], ids=lambda candidate: candidate.key)
    def test_a_key_or_a_label_means_itself(self, candidate: Candidate) -> None:
        """Also where it is a part of another."""
        among = SAMPLE.tasks if candidate in SAMPLE.tasks else SAMPLE.models

        assert [candidate, candidate] == [resolve(among, text, kind="x") for text in (candidate.key, candidate.label)]

    @pytest.mark.parametrize(
        ("typed", "key"),
        [("cid", "drink:cider"), ("JUICE", "drink:apple_juice"), ("pine", "fruit:pineapple"), ("apple", "fruit:apple")],
    )
    def test_what_matches_one_thing_means_it(self, typed: str, key: str) -> None:
        """A whole name before a part of one."""
        assert key == resolve(FRUIT, typed, kind="fruit").key

    def test_what_matches_several_means_none(self) -> None:
        """The best three of them are named, in words that may be typed."""
        with pytest.raises(UnknownSubjectError) as ambiguous:
            resolve(FRUIT, "app", kind="fruit")

        assert ("Apple (Fruit)", "Apple Juice (Drink)", "Cider of apples (Drink)") == ambiguous.value.nearest
        assert all(resolve(FRUIT, label, kind="fruit").label == label for label in ambiguous.value.nearest)

    def test_what_matches_nothing_gets_the_nearest_three(self) -> None:
        """A slip of the keyboard is understood enough to be helped."""
        with pytest.raises(UnknownSubjectError) as unknown:
            resolve(FRUIT, "pinaeplpe", kind="fruit")

        assert MAX_SUGGESTIONS == len(unknown.value.nearest)
        assert "Pineapple (Fruit)" == unknown.value.nearest[0]
        assert "There is no fruit called “pinaeplpe”" in error_sentence(unknown.value)

    def test_a_slip_of_the_keyboard_means_nothing(self) -> None:
        """What autocomplete offers for it has to be picked."""
        assert ["fruit:pineapple"] == found("pinaple")
        with pytest.raises(UnknownSubjectError):
            resolve(FRUIT, "pinaple", kind="fruit")

    def test_what_is_too_long_to_be_looked_at_means_nothing(self) -> None:
        """The rest may say something else; but a key is a key."""
        key = f"fruit:{'a' * 100}"
        with pytest.raises(UnknownSubjectError) as unknown:
            resolve(FRUIT, "Pineapple" + " " * 100 + "or cider", kind="fruit")

        assert "Pineapple (Fruit)" == unknown.value.nearest[0]
        assert key == resolve([*FRUIT, Candidate(key, "Long")], key, kind="fruit").key

    @pytest.mark.parametrize("typed", ["", " ", "!!!", "@everyone", "\u202e"])
    def test_no_words_mean_nothing(self, typed: str) -> None:
        """Not even where there is only one to be meant."""
        with pytest.raises(UnknownSubjectError):
            resolve(FRUIT[:1], typed, kind="fruit")

    def test_nothing_to_choose_from(self) -> None:
        """It says so, and names nobody."""
        with pytest.raises(UnknownSubjectError) as unknown:
            resolve([], "apple", kind="fruit")

        assert () == unknown.value.nearest

    @settings(deadline=None, max_examples=100)
    @given(typed=st.text(max_size=300))
    def test_whatever_is_typed_means_one_thing_or_is_refused_briefly(self, typed: str) -> None:
        """The sentence fits into a message, however long the text was."""
        sentence = ""
        try:
            meant = resolve(SAMPLE.models, typed, kind="model")
        except UnknownSubjectError as refused:
            sentence, meant = error_sentence(refused), SAMPLE.models[0]

        assert meant in SAMPLE.models
        assert len(sentence) < 500

    @pytest.mark.parametrize("typed", ["x" * 6000, "abcdefghij " * 545, "deepseek flash " * 400])
    def test_a_text_as_long_as_discord_lets_through_holds_nobody_up(self, typed: str) -> None:
        """It is answered on the event loop, so it must be quick: a tenth of a second is far too long."""
        began = time.process_time()
        with pytest.raises(UnknownSubjectError):
            resolve([*SAMPLE.tasks, *SAMPLE.models], typed, kind="model")

        assert time.process_time() - began < 0.1
