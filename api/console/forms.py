"""The forms of the service's own sentences, with their placeholders."""

from api.console.speech import marked

REFUSALS: tuple[str, ...] = (
    marked("no {kind} has the id {id}"),
    marked("{kind} {id} is held by {owner}"),
    marked("{kind} {id} is {state}; {step} is allowed only when it is {wanted}"),
    marked("{kind} {id} changed since it was read; read it again and retry"),
    marked("offer {id} lapsed at {time}; ask for the COp's current offers"),
    marked("issue type {key} is not in the live taxonomy; see GET /v1/taxonomy"),
    marked("{name} edited the {subject} meanwhile (version {number}); nothing was changed, look at it again"),
    marked("conversation {id} already has a live offer or assignment"),
    marked("COp {id} has no free {channel} slot"),
    marked("conversation {id} is in the disambiguation queue already"),
    marked("conversation {id} is of fraud or of a vulnerable customer; nothing holds it up"),
    marked("conversation {id} has not been understood yet"),
    marked("conversation {id} has not been offered to anybody"),
    marked("nobody works on conversation {id}"),
    marked("nobody said who the customer of conversation {id} is; it goes when its time has come"),
    marked(
        "hold {id} on a {kind} of this customer ({reason}) forbids to erase; "
        "an admin lifts it when its reason has ended"
    ),
    marked(
        "{count} conversations of this customer have not ended: {names}; "
        "wrap them up, or tell that the customer left, and ask again"
    ),
    marked("the snapshot of that tick is no longer kept"),
    marked("the tick cannot be solved again: {name}"),
    marked("{count} waited in that tick; use pointsman match --tick {id} --explain"),
    marked("this service was started without the means to solve a tick again"),
    marked("the {subject} is the whole bank's: it takes somebody with every market"),
    marked("edits left aside would come or go with this: it takes somebody with every market"),
    marked("open conversations are held by {names}; they are finished or handed on before somebody leaves"),
    marked("the taxonomy has an issue type called {name} already; choose it instead"),
    marked("the taxonomy has an issue type {key} already; choose another key"),
    marked("the simulation ended without an answer; the service's log says more"),
    marked("the service stopped before it was answered: ask again"),
    marked("one what-if runs at a time, and another is running: wait for it, or cancel it"),
    marked("the service is stopping; ask again when it has started"),
    marked("a model goes past the gate only with a reason, which is recorded"),
    marked("model {version} is live already"),
    marked("model {version} is not live; {other} is"),
    marked("no model was live before {version}; `pointsman models list` shows what there is"),
    marked("no model is a shadow; `pointsman models shadow VERSION` makes one"),
    marked("no model is live; run `pointsman train`"),
    marked("model {version} does not load: {why}"),
    marked("the live model does not load: {why}"),
    marked("the report of model {version} is no JSON: {why}"),
    marked("the message was not classified"),
    marked("{count} messages wait to be classified already; try again"),
    marked("no answer within {seconds} s; try again"),
    marked("the live model knows none of the taxonomy's issue types; run `pointsman train`"),
    marked("the database gave a transaction up"),
    marked("the database does not answer: {why}"),
    marked("the database's schema is not current; run `pointsman migrate`"),
    marked("the dead letters cannot be read: {why}"),
    marked("there is no topic {topic}"),
    marked("the broker does not take records: {why}"),
    marked("it came from {topic}, which nobody reads"),
    marked("its content was not kept whole"),
    marked("this process has no files to edit"),
    marked("this token has expired"),
    marked("this token is not known here"),
    marked("{what} concerns every market, and this token has only some."),
    marked("{what} is not open to the roles of this token."),
    marked("This page"),
    marked("A page of another site may not change anything here."),
    marked("This token has no COp, manager or admin role, so it does not open the console."),
    marked("This form has at most {count} fields."),
    marked("No identity provider signs anybody in here."),
    marked("the identity provider gave no id_token for this code"),
    marked("this sign-in is not the one that was begun here"),
    marked("this sign-in was not begun here, or took too long"),
    marked("{place} is {value}; allowed: {allowed}"),
)

LIMITS: tuple[str, ...] = (
    marked("{least} to {most} characters, such as a case number"),
    marked("{least} to {most} characters"),
    marked("{least} to {most} printable characters"),
    marked("at most {most} characters"),
    marked("at most {most}"),
    marked("a whole number from {least} to {most}"),
    marked("the number of a version: {least} to {most}"),
    marked("{least} (the most urgent) to {most}"),
    marked("{least} to {most} changes"),
    marked("one of {names}"),
    marked("a COp of {names}"),
    marked("at least one visible character"),
    marked("an issue type, where there are others besides"),
    marked("an id that nobody has"),
    marked("a value other than the one in force"),
    marked("a market, a skill, or both"),
    marked("a number of {least} or more"),
    marked("a number"),
    marked("a whole number"),
    marked("text without control characters or half of a character"),
    marked("a small letter, then small letters, digits and _, at most {most}"),
    marked("entries with their fields, at most {most} characters"),
    marked("a few words for whoever takes it next"),
    marked("minutes and seconds like 4:30, or whole minutes"),
    marked("at least one change: a number of COps, a factor, or another policy"),
    marked("at most {most} hours on"),
    marked("{low} to {high}"),
    marked("above {low}, at most {high}"),
    marked("above {low}"),
)

NOTES: tuple[str, ...] = (
    marked("priority {priority}, waited {seconds} s of a {target} s target"),
    marked("expected {expected} s, typical {typical} s, usual {usual} s"),
    marked("no prices known"),
    marked("a second is worth {worth}, in all {total} s; {least} s are let off"),
    marked("the fast lane may lose {seconds} s by a slot of theirs being taken"),
    marked("{share}% would leave before the next chance"),
    marked("{seconds} s at risk of being done again"),
    marked("able with probability {probability}"),
    marked("software, expected to cost {seconds} s more than a COp's usual work"),
    marked("a person"),
    marked("language proficiency {proficiency}"),
    marked("shift ends in {seconds} s"),
    marked("no end of shift known"),
    marked("helped this customer last time"),
    marked("new to this conversation"),
    marked("nobody learns anything"),
    marked("not for practice"),
    marked("holds {count} already"),
    marked("may be held back {seconds} s"),
    marked("{name}, {count} more wanted"),
)

UNPRICED: tuple[str, ...] = (
    marked("prices could not be worked out: {name}"),
    marked("the prices are of {time}, older than allowed"),
    marked("prices need more than {count} COps at work"),
)

GATE: tuple[str, ...] = (
    marked("nothing is held out to judge by"),
    marked("no slice is worse beyond chance ({count} slices, level {level})"),
    marked("there is no live model to compare with"),
    marked("it is the live model"),
    marked("the live model does not load: {why}"),
    marked("{name}: {before} right before, {now} now, of {count} ({lost} lost, {won} won; chance {chance})"),
)

FLAWS: tuple[str, ...] = (
    marked("{flaw}: position {position}, fact {fact}"),
    marked("{flaw}: position {position}"),
    marked("{flaw}: fact {fact}"),
    marked("{flaw}: the whole trail"),
)

HEALTH: tuple[str, ...] = (
    marked("ok; the changed pack has {count} errors, the last good one serves (run `pointsman check`)"),
    marked("ok; the edits have {count} errors over the pack's files, which serve without them"),
    marked("ok; edits left aside, for the files no longer have {names}"),
)

DRIFT: tuple[str, ...] = (
    marked("stability index {index} over {count} messages, chance {chance}"),
    marked("mean embedding moved by {share} of the messages' variance over {count} messages, chance {chance}"),
    marked("{share}% of {count} verdicts ({lower}% to {upper}%); at most {expected}% was expected"),
    marked("no reference; {least} are needed on both sides"),
    marked("{count} messages; {least} are needed on both sides"),
)
