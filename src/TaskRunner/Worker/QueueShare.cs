using System.Globalization;

namespace TaskRunner.Worker;

/// <summary>A queue that a worker takes tasks from.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Weight">Its share in the order <see cref="QueueOrder.Weighted"/>, 1 to 1000.</param>
internal readonly record struct QueueShare(string Name, int Weight = 1)
{
    public const int HighestWeight = 1000;

    /// <summary>As settings write it: <c>pricing</c> or <c>pricing:5</c>.</summary>
    public override string ToString() => Weight == 1 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}:{Weight}");
}
