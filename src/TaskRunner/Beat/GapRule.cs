namespace TaskRunner.Beat;

/// <summary>What becomes of a fixed time that a day does not have, because clocks go forward over it.</summary>
public enum GapRule
{
    /// <summary>It runs once, at the first instant after the gap.</summary>
    Shift,

    /// <summary>It does not run on that day.</summary>
    Skip,
}
