namespace TaskRunner;

/// <summary>What of an attempt is turned from or into JSON now: converters and properties of the application run, for a bounded time.</summary>
internal enum Conversion
{
    /// <summary>Nothing: the handler itself runs.</summary>
    None,

    /// <summary>The arguments are read.</summary>
    Arguments,

    /// <summary>The output is written.</summary>
    Output,
}

/// <summary>Is told what is converted.</summary>
internal interface IConversionWatch
{
    /// <summary>A conversion begins; <see cref="Conversion.None"/> when it is over.</summary>
    void Note(Conversion conversion);
}

/// <summary>A conversion, from its making to its disposal.</summary>
internal readonly ref struct ConversionScope
{
    private readonly IConversionWatch? watch;

    public ConversionScope(IConversionWatch? watch, Conversion conversion)
    {
        this.watch = watch;
        watch?.Note(conversion);
    }

    public void Dispose() => watch?.Note(Conversion.None);
}
