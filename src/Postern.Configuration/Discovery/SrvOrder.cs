using System.Collections.Immutable;

namespace Postern.Configuration.Discovery;

/// <summary>In which order targets are tried: RFC 2782, "Usage rules".</summary>
public static class SrvOrder
{
    /// <param name="records">Of one service, none of them absent.</param>
    /// <param name="draw">A number from 0 to this, that included.</param>
    public static ImmutableArray<SrvRecord> Of(IEnumerable<SrvRecord> records, Func<int, int> draw)
    {
        ArgumentNullException.ThrowIfNull(draw);
        var order = ImmutableArray.CreateBuilder<SrvRecord>();
        foreach (IGrouping<int, SrvRecord> equal in records.GroupBy(record => record.Priority).OrderBy(group => group.Key))
        {
            // Those of weight 0 stand first, so that they have a small chance, and none where the draw is above 0.
            List<SrvRecord> left = [.. equal.OrderBy(record => record.Weight)];
            while (left.Count > 0)
            {
                int drawn = draw(left.Sum(record => record.Weight));
                int sum = 0;
                int chosen = left.FindIndex(record => (sum += record.Weight) >= drawn);
                order.Add(left[chosen]);
                left.RemoveAt(chosen);
            }
        }

        return order.ToImmutable();
    }
}
