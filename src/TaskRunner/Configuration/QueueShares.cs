using System.Globalization;
using TaskRunner.Broker;
using TaskRunner.Worker;

namespace TaskRunner.Configuration;

/// <summary>Reads a list of queues as settings write it: <c>pricing:5,reports</c>.</summary>
internal static class QueueShares
{
    /// <summary>Queues in the order given, without duplicates; mistakes stay in the reader.</summary>
    public static IReadOnlyList<QueueShare> Read(SettingsReader reader, Setting setting, string standard)
    {
        var texts = (reader.Text(setting) ?? standard).Split(',', StringSplitOptions.TrimEntries);
        if (texts.All(text => text.Length == 0))
        {
            reader.Mistake($"{setting.Label} names no queue: give at least one.");
            return [];
        }

        if (Array.IndexOf(texts, "") is >= 0 and var empty)
        {
            reader.Mistake(string.Create(CultureInfo.InvariantCulture, $"{setting.Label} has an empty name: name {empty + 1} of {texts.Length}. A comma stands between two queues."));
        }

        var shares = new List<QueueShare>();
        foreach (var text in texts.Where(text => text.Length > 0))
        {
            if (Parse(text, out var mistake) is not { } share)
            {
                reader.Mistake($"{setting.Label} has '{text}': {mistake}.");
            }
            else if (!shares.Exists(s => s.Name == share.Name))
            {
                shares.Add(share);
            }
            else if (!shares.Contains(share))
            {
                reader.Mistake($"{setting.Label} names the queue {share.Name} twice, with different weights.");
            }
        }

        return shares;
    }

    /// <summary>One queue, with its weight after a colon where it has one.</summary>
    /// <returns>Null when the text is no queue; <paramref name="mistake"/> then says why.</returns>
    public static QueueShare? Parse(string text, out string mistake)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        mistake = QueueName.Rule;
        if (!QueueName.IsValid(name))
        {
            return null;
        }

        if (colon < 0)
        {
            return new QueueShare(name);
        }

        mistake = $"a weight is a whole number from 1 to {QueueShare.HighestWeight}";
        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var weight) && weight is >= 1 and <= QueueShare.HighestWeight
            ? new QueueShare(name, weight)
            : null;
    }
}
