namespace TaskRunner.Worker;

/// <summary>How orders are written in settings, replies and tables.</summary>
internal static class QueueOrderName
{
    public static IReadOnlyList<(string Word, QueueOrder Value)> All { get; } = [("fair", QueueOrder.Fair), ("weighted", QueueOrder.Weighted), ("strict", QueueOrder.Strict)];

    public static string Of(QueueOrder order) => All.First(o => o.Value == order).Word;

    /// <summary>The order of this name; null when there is none.</summary>
    public static QueueOrder? Find(string word) => All.Where(o => o.Word == word).Select(o => (QueueOrder?)o.Value).FirstOrDefault();
}
