using System.Globalization;
using Postern.Bench.Report;

namespace Postern.Bench.Profiling;

/// <summary>System calls of each role for each unit of a load, from what <c>strace -c -U calls,name</c> counted.</summary>
internal sealed class SystemCallTable
{
    /// <summary>Fewer than so many for a unit are the time's, not the load's.</summary>
    private const double FewestShown = 0.005;

    private readonly List<string> roles = [];
    private readonly Dictionary<string, Dictionary<string, long>> calls = [];

    /// <summary>Reads a summary: rows of a count and a name, between rules and under a head; a total ends it.</summary>
    internal void Add(string role, IEnumerable<string> summary)
    {
        if (!roles.Contains(role))
            roles.Add(role);
        foreach (var line in summary)
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var number, var name]
                || name == "total"
                || !long.TryParse(number, CultureInfo.InvariantCulture, out var count))
            {
                continue;
            }

            if (!calls.TryGetValue(name, out var byRole))
                calls[name] = byRole = [];
            byRole[role] = byRole.GetValueOrDefault(role) + count;
        }
    }

    /// <summary>A table in Markdown, the most frequent first.</summary>
    /// <param name="units">How much the load was.</param>
    /// <param name="unit">Of what: "connection".</param>
    internal string Draw(double units, string unit)
    {
        var rows = new List<List<string>> { new([$"system calls for each {unit}", .. roles, "all"]) };
        foreach (var (name, byRole) in calls.OrderByDescending(call => call.Value.Values.Sum()))
        {
            if (byRole.Values.Sum() / units >= FewestShown)
                rows.Add([name, .. roles.Select(role => Figure(byRole.GetValueOrDefault(role))), Figure(byRole.Values.Sum())]);
        }

        rows.Add(["all", .. roles.Select(Total), Figure(calls.Values.Sum(byRole => byRole.Values.Sum()))]);
        return Table.Draw(rows);

        string Total(string role) => Figure(calls.Values.Sum(byRole => byRole.GetValueOrDefault(role)));
        string Figure(long count) => count == 0 ? "-" : (count / units).ToString("0.00", CultureInfo.InvariantCulture);
    }
}
