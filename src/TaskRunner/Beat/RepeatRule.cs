namespace TaskRunner.Beat;

/// <summary>What becomes of a fixed time that a day has twice, because clocks go back over it.</summary>
public enum RepeatRule
{
    /// <summary>It runs once, the first time.</summary>
    First,

    /// <summary>It runs once, the last time.</summary>
    Last,

    /// <summary>It runs both times.</summary>
    Both,
}
