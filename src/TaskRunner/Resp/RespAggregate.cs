namespace TaskRunner.Resp;

/// <summary>An array, map, set, push or attribute whose elements are still arriving.</summary>
internal sealed class RespAggregate(RespType type, int count)
{
    // A count is only a claim until its elements have come.
    private const int FirstAllocation = 1024;

    private RespValue[] _items = new RespValue[Math.Min(count, FirstAllocation)];
    private int _filled;

    public RespType Type => type;

    /// <summary>Adds an element and tells whether it was the last one.</summary>
    public bool Add(RespValue item)
    {
        if (_filled == _items.Length)
        {
            Array.Resize(ref _items, (int)Math.Min(count, _items.Length * 2L));
        }

        _items[_filled++] = item;
        return _filled == count;
    }

    public RespValue ToValue() => RespValue.Aggregate(type, _items);
}
