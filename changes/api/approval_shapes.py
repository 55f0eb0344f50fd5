"""The shapes of what approval says over REST: requirements and votes."""

from rest_framework import serializers

from changes.api.shape_parts import instant, word, words
from changes.models import Vote
from changes.models.rule import AuthorityWord
from changes.policies.owed import Owes


class NeedShown(serializers.Serializer):
    """What one approval rule asks."""

    authority = serializers.ChoiceField(AuthorityWord.choices)
    who = word("The authority in words, with its group or people.")
    group = word("Of a named group: which; else empty.")
    people = words("Of a list: its usernames.")
    count = serializers.IntegerField()
    percent = serializers.IntegerField(
        allow_null=True, help_text="What the rule asked for, where it did not say a number."
    )
    stage = serializers.IntegerField()
    escalated_to = word("Who is asked as well, since it is late.", null=True)
    rule = word()


class RequirementShown(NeedShown):
    """What one approval rule asks; `votes` are the people who fill it so far."""

    asked = serializers.BooleanField(
        help_text="Whether its turn has come: the earlier stages are filled."
    )
    votes = words("Usernames.")


class OwedShown(serializers.Serializer):
    """What an emergency still owes; while it is late, the gate denies the service's others."""

    owes = serializers.ChoiceField([str(one) for one in Owes])
    due_at = instant(null=False)


class VoteShown(serializers.Serializer):
    """One vote, and the plan it was cast on."""

    voter = word()
    on_behalf_of = word("Whose authority it was, where somebody stood in.", null=True)
    decision = serializers.ChoiceField(Vote.Word.choices)
    comment = word()
    authorities = words()
    round = serializers.IntegerField(help_text="The approval round it belongs to.")
    plan_digest = word()
    cast_at = instant(null=False)
    authenticated_by = serializers.ChoiceField(
        [*Vote.Authentication.choices, ("", "not kept")],
        help_text="How the voter had shown who they are.",
    )
