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
        """In the given order: the largest task first."""
        assert [candidate.key for candidate in FRUIT] == found("")

    def test_the_best_match_comes_first(self) -> None:
        """The whole name, then its start, then the start of a word, then any part."""
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

    def test_no_match_finds_nothing(self) -> None:
        """It does not guess."""
        assert [] == found("banana")

    @pytest.mark.parametrize(("typed", "key"), [("pinaple", "fruit:pineapple"), ("APPEL JUICE", "drink:apple_juice")])
    def test_a_typing_error_finds_similar_spellings(self, typed: str, key: str) -> None:
        """Only if nothing matches, and only very similar ones."""
        assert key == found(typed)[0]

    @pytest.mark.parametrize("typed", ["", " ", "!?", "\N{FACE WITH TEARS OF JOY}"])
    def test_no_words_list_everything_in_order(self, typed: str) -> None:
        """Even with a candidate whose name has no words."""
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
        """The intended task comes first."""
        assert tag == search(SAMPLE.tasks, typed)[0].key

    @pytest.mark.parametrize("typed", ["deepseek flash", "v4-flash", "DeepSeek V4 Flash"])
    def test_models_are_found_by_any_part_of_their_name_or_id(self, typed: str) -> None:
        """Both, if they differ only in their date."""
        assert {"deepseek/deepseek-v4-flash-20260423", "deepseek/deepseek-v4-flash-20260731"} == {
            candidate.key for candidate in search(SAMPLE.models, typed)
        }

    def test_a_category_lists_its_tasks(self) -> None:
        """All nine tasks of Code, by its label."""
        code = {each.tag for each in SAMPLE.snapshot.data.classifications if each.macro_category == "code"}

        assert code <= {candidate.key for candidate in search(SAMPLE.tasks, "code")}

    @settings(deadline=None, max_examples=100)
    @given(typed=st.text(max_size=30))
    def test_whatever_is_typed_finds_each_at_most_once(self, typed: str) -> None:
        """Any text works."""
        keys = [candidate.key for candidate in search(SAMPLE.models, typed)]

        assert len(keys) == len(set(keys))


class TestResolve:
    """What free text means."""

    @pytest.mark.parametrize("candidate", [*SAMPLE.tasks, *SAMPLE.models], ids=lambda candidate: candidate.key)
    def test_a_key_or_a_label_means_itself(self, candidate: Candidate) -> None:
        """Even if it is part of another one."""
        among = SAMPLE.tasks if candidate in SAMPLE.tasks else SAMPLE.models

        assert [candidate, candidate] == [resolve(among, text, kind="x") for text in (candidate.key, candidate.label)]

    @pytest.mark.parametrize(
        ("typed", "key"),
        [("cid", "drink:cider"), ("JUICE", "drink:apple_juice"), ("pine", "fruit:pineapple"), ("apple", "fruit:apple")],
    )
    def test_what_matches_one_thing_means_it(self, typed: str, key: str) -> None:
        """A whole name goes before a part of a name."""
        assert key == resolve(FRUIT, typed, kind="fruit").key

    def test_an_ambiguous_text_is_refused(self) -> None:
        """With the best three labels, which can be typed."""
        with pytest.raises(UnknownSubjectError) as ambiguous:
            resolve(FRUIT, "app", kind="fruit")

        assert ("Apple (Fruit)", "Apple Juice (Drink)", "Cider of apples (Drink)") == ambiguous.value.nearest
        assert all(resolve(FRUIT, label, kind="fruit").label == label for label in ambiguous.value.nearest)

    def test_what_matches_nothing_gets_the_nearest_three(self) -> None:
        """A typing error gets suggestions."""
        with pytest.raises(UnknownSubjectError) as unknown:
            resolve(FRUIT, "pinaeplpe", kind="fruit")

        assert MAX_SUGGESTIONS == len(unknown.value.nearest)
        assert "Pineapple (Fruit)" == unknown.value.nearest[0]
        assert "There is no fruit called “pinaeplpe”" in error_sentence(unknown.value)

    def test_a_typing_error_is_not_corrected(self) -> None:
        """The user has to choose a suggestion."""
        assert ["fruit:pineapple"] == found("pinaple")
        with pytest.raises(UnknownSubjectError):
            resolve(FRUIT, "pinaple", kind="fruit")

    def test_a_text_beyond_the_limit_is_refused(self) -> None:
        """The rest was not compared; only an exact key is accepted."""
        key = f"fruit:{'a' * 100}"
        with pytest.raises(UnknownSubjectError) as unknown:
            resolve(FRUIT, "Pineapple" + " " * 100 + "or cider", kind="fruit")

        assert "Pineapple (Fruit)" == unknown.value.nearest[0]
        assert key == resolve([*FRUIT, Candidate(key, "Long")], key, kind="fruit").key

    @pytest.mark.parametrize("typed", ["", " ", "!!!", "@everyone", "\u202e"])
    def test_no_words_mean_nothing(self, typed: str) -> None:
        """Not even with a single candidate."""
        with pytest.raises(UnknownSubjectError):
            resolve(FRUIT[:1], typed, kind="fruit")

    def test_no_candidates(self) -> None:
        """The sentence has no suggestions."""
        with pytest.raises(UnknownSubjectError) as unknown:
            resolve([], "apple", kind="fruit")

        assert () == unknown.value.nearest

    @settings(deadline=None, max_examples=100)
    @given(typed=st.text(max_size=300))
    def test_whatever_is_typed_means_one_thing_or_is_refused_briefly(self, typed: str) -> None:
        """The sentence fits into a message, however long the text is."""
        sentence = ""
        try:
            meant = resolve(SAMPLE.models, typed, kind="model")
        except UnknownSubjectError as refused:
            sentence, meant = error_sentence(refused), SAMPLE.models[0]

        assert meant in SAMPLE.models
        assert len(sentence) < 500

    @pytest.mark.parametrize("typed", ["x" * 6000, "abcdefghij " * 545, "deepseek flash " * 400])
    def test_the_longest_text_is_fast(self, typed: str) -> None:
        """The search runs on the event loop, so a tenth of a second is far too long."""
        began = time.process_time()
        with pytest.raises(UnknownSubjectError):
            resolve([*SAMPLE.tasks, *SAMPLE.models], typed, kind="model")

        assert time.process_time() - began < 0.1
