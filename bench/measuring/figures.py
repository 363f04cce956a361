"""The arithmetic of the figures: ranking, errors at a threshold, intervals, calibration. Ties count half."""
import csv
import math
import random


def read(path):
    """Rows of a scores file as (path, is spam, split, score); a message without a score is left out."""
    with open(path) as rows:
        return [(row["path"], row["label"] == "spam", row["split"], float(row["score"]))
                for row in csv.DictReader(rows) if row["score"] not in ("", "nan")]


def one_minus_roca(scored):
    """(1-ROCA)% of pairs (score, is spam): the share of ham and spam pairs in the wrong order."""
    ordered = sorted(scored)
    spam = sum(1 for _, label in ordered if label)
    ham = len(ordered) - spam
    if not spam or not ham:
        return float("nan")
    at, below, wrong = 0, 0, 0.0
    while at < len(ordered):
        end, hams, spams = at, 0, 0
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            if ordered[end][1]:
                spams += 1
            else:
                hams += 1
            end += 1
        wrong += spams * (ham - below - hams) + spams * hams / 2
        below += hams
        at = end
    return 100 * wrong / (spam * ham)


def missed_at(scored, share):
    """Spam missed in per cent where at most this share of ham may be called spam."""
    ham = sorted((score for score, label in scored if not label), reverse=True)
    spam = [score for score, label in scored if label]
    allowed = math.floor(share * len(ham) + 1e-9)
    above = ham[allowed] if allowed < len(ham) else -math.inf
    return 100 * sum(1 for score in spam if score <= above) / len(spam)


def errors_at(scored, threshold):
    """At a threshold: ham called spam, ham, spam missed, spam."""
    ham = [score for score, label in scored if not label]
    spam = [score for score, label in scored if label]
    return sum(1 for s in ham if s >= threshold), len(ham), sum(1 for s in spam if s < threshold), len(spam)


def lam(scored, threshold):
    """lam% at a threshold (the mean of the two error rates on the log-odds scale); a count of 0 becomes 0.5."""
    called, ham, missed, spam = errors_at(scored, threshold)

    def odds(count, of):
        share = min(max(count, 0.5), of - 0.5) / of
        return math.log(share / (1 - share))
    return 100 / (1 + math.exp(-(odds(called, ham) + odds(missed, spam)) / 2))


def wilson(count, of):
    """95 % interval of a share in per cent (Wilson)."""
    if not of:
        return float("nan"), float("nan")
    z, p = 1.959964, count / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def interval(values):
    """The middle 95 % of bootstrap values."""
    ordered = sorted(values)
    return ordered[int(0.025 * len(ordered))], ordered[min(len(ordered) - 1, int(0.975 * len(ordered)))]


def bootstrap(scored, of, times=500):
    """95 % interval of a figure: ham and spam drawn again, each for itself."""
    rnd = random.Random(1)
    ham = [pair for pair in scored if not pair[1]]
    spam = [pair for pair in scored if pair[1]]
    return interval([of(rnd.choices(ham, k=len(ham)) + rnd.choices(spam, k=len(spam))) for _ in range(times)])


def paired(ours, theirs, of, times=1000):
    """Ours minus theirs on the same messages: the difference, its 95 % interval and the share of draws where ours is
    smaller. Both are {path: (score, is spam)}; the same messages are drawn for both."""
    paths = sorted(set(ours) & set(theirs))
    ham = [path for path in paths if not ours[path][1]]
    spam = [path for path in paths if ours[path][1]]
    rnd = random.Random(1)
    differences = []
    for _ in range(times):
        drawn = rnd.choices(ham, k=len(ham)) + rnd.choices(spam, k=len(spam))
        differences.append(of([ours[path] for path in drawn]) - of([theirs[path] for path in drawn]))
    whole = of([ours[path] for path in paths]) - of([theirs[path] for path in paths])
    low, high = interval(differences)
    return whole, low, high, sum(1 for d in differences if d < 0) / len(differences)


BINS = (0.0, 0.001, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99, 0.999, 1.0000001)


def calibration(predicted):
    """Rows (from, to, messages, mean predicted, observed share, low, high) for pairs (probability, is spam)."""
    rows = []
    for low, high in zip(BINS, BINS[1:]):
        inside = [(p, label) for p, label in predicted if low <= p < high]
        if inside:
            spam = sum(1 for _, label in inside if label)
            between = wilson(spam, len(inside))
            rows.append((low, min(high, 1.0), len(inside), sum(p for p, _ in inside) / len(inside),
                         spam / len(inside), between[0] / 100, between[1] / 100))
    return rows


def brier(predicted):
    """Mean squared distance of the probability from what was so; 0 is perfect."""
    return sum((p - label) ** 2 for p, label in predicted) / len(predicted)
