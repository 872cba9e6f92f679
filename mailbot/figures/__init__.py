"""The figures that the partner steers by: how many tickets, how soon answered, how soon ended. Pure.

What counts is a ticket that a person opened. What systems sent, spam, past mail that was read in, and tickets that were
merged into another are left out of every figure.

| figure | over which tickets | what |
|---|---|---|
| tickets | opened in the week | their number |
| first response | opened in the week and answered since | from opening to the first answer by one of us |
| unanswered | opened in the week, not answered | listed, and part of no average |
| in time | opened in the week, with a promise kept or past | the share that was answered by each promised instant |
| resolution | closed in the week, and still closed | from opening to the last answer by one of us before closing |
| reopened | opened again in the week | their number |
| backlog | open when the week ended | their number, and how old they were then |
| satisfaction | voted on in the week | the average vote, from 1 to 5, beside how many were asked in the week |
| after hours | opened in the week while support was closed | their share |

Automatic answers are no response, and what one of us began has none and was opened at no hour of a customer's. A
promise is what held when it was answered. Who asks again, having been answered, is promised a further one where his
words raise the ticket, and waits too long where he waits longer than who asks for the first time. A promise to answer
what was closed by then is neither kept nor past. Spans are of support's time (`OpeningHours.between`), by the hours
of each ticket's tenant, and the calendar's where the severity's promise runs day and night; on request all are the
calendar's. A week is an ISO 8601 week on the clock of the partner's zone. Every figure names its tickets, so that it
can be looked up and reckoned again.
"""
