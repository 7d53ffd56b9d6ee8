using System.Collections.Immutable;

namespace Postern.Policy.Dns;

/// <summary>What of an SRV record says when its target's turn is.</summary>
public interface ISrvRank
{
    /// <summary>Lower is tried first.</summary>
    int Priority { get; }

    /// <summary>Among those of one priority, how often it comes first.</summary>
    int Weight { get; }
}

/// <summary>In which order targets are tried: RFC 2782, "Usage rules".</summary>
public static class SrvOrder
{
    /// <param name="records">None of them says that the service is not there.</param>
    /// <param name="draw">A number from 0 to this, that included.</param>
    public static ImmutableArray<T> Of<T>(IEnumerable<T> records, Func<int, int> draw)
        where T : ISrvRank
    {
        ArgumentNullException.ThrowIfNull(draw);
        var order = ImmutableArray.CreateBuilder<T>();
        foreach (IGrouping<int, T> equal in records.GroupBy(record => record.Priority).OrderBy(group => group.Key))
        {
            // Those of weight 0 stand first, so that they have a small chance, and none where the draw is above 0.
            List<T> left = [.. equal.OrderBy(record => record.Weight)];
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
