using System.Collections.Immutable;
using Postern.Configuration.Settings;

namespace Postern.Configuration.Reading;

/// <summary>Reads <c>[server]</c>.</summary>
internal static class ServerReader
{
    /// <summary>Twice as many have a place in the scoreboard: a reload's, and those that drain meanwhile.</summary>
    public const int MaxWorkers = 128;

    private const int MaxUserName = 32;

    // Shorter, and clocks would have to agree better than they do; longer, and a stolen key is worth too much (RFC 8446
    // §4.6.1 ends at a week).
    private static readonly TimeSpan ShortestTicket = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestTicket = TimeSpan.FromHours(24);

    private static readonly ImmutableArray<(string, LogTarget)> LogTargets =
        [("journal", LogTarget.Journal), ("stderr", LogTarget.Stderr), ("json", LogTarget.Json)];

    private static readonly ImmutableArray<(string, SandboxDemand)> Demands =
        [("available", SandboxDemand.Available), ("required", SandboxDemand.Required)];

    private static readonly ImmutableArray<(string, Isolation)> Isolations = [("worker", Isolation.Worker), ("connection", Isolation.Connection)];

    public static ServerDraft Read(TableReader table, Machine machine, string folder)
    {
        table.CheckKeys(KnownKeys.Server);
        return new ServerDraft
        {
            Table = table,
            Isolation = table.Word("isolation", Isolations),
            Workers = ReadWorkers(table, machine),
            User = ReadUser(table, "user"),
            KeyUser = ReadUser(table, "key-user"),
            Sandbox = table.Word("sandbox", Demands),
            Control = ReadControl(table, folder),
            Log = table.Word("log", LogTargets),
            HostName = ReadHostName(table),
            TokenModule = table.FilePath("pkcs11-module", folder),
            TicketSecret = table.FilePath("ticket-secret", folder),
            TicketLifetime = ReadTicketLifetime(table),
        };
    }

    /// <summary>RFC 5321 §4.1.2: a domain or an address literal. What is said in a greeting must be one word of ASCII.</summary>
    public static bool IsGreetingName(string name)
    {
        if (name.StartsWith('[') && name.EndsWith(']'))
        {
            string literal = name[1..^1];
            return AddressText.TryIp(literal.StartsWith("IPv6:", StringComparison.Ordinal) ? literal[5..] : literal) is not null;
        }

        return AddressText.IsHostName(name);
    }

    private static Setting<int>? ReadWorkers(TableReader table, Machine machine)
    {
        const string Expected = "a number or \"cores\"";
        return table.IsText("workers")
            ? table.Word<int>("workers", [("cores", Math.Min(machine.Cores, MaxWorkers))], Expected)
            : table.Number("workers", 1, MaxWorkers, Expected);
    }

    private static Setting<string>? ReadUser(TableReader table, string key)
    {
        if (table.Text(key) is not { } user)
            return null;

        bool good = user.Value.Length <= MaxUserName
            && (char.IsAsciiLetter(user.Value[0]) || user.Value[0] == '_')
            && user.Value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
        if (good)
            return user;

        table.Problems.Error(user.At, table.Name(key), $"{Quoted.Word(user.Value)} is not the name of a user");
        return null;
    }

    private static Setting<string>? ReadControl(TableReader table, string folder)
    {
        if (table.FilePath("control", folder) is not { } control)
            return null;

        if (AddressText.WrongSocketPath(control.Value) is not { } wrong)
            return control;

        table.Problems.Error(control.At, table.Name("control"), wrong);
        return null;
    }

    private static Setting<TimeSpan>? ReadTicketLifetime(TableReader table)
    {
        if (table.Duration("ticket-lifetime", ShortestTicket, LongestTicket) is not { } lifetime)
            return null;

        // Slices of time are counted in seconds.
        if (lifetime.Value.Milliseconds == 0)
            return lifetime;

        table.Problems.Error(lifetime.At, table.Name("ticket-lifetime"), "expected whole seconds");
        return null;
    }

    private static Setting<string>? ReadHostName(TableReader table)
    {
        if (table.Text("hostname") is not { } name)
            return null;

        if (IsGreetingName(name.Value))
            return name;

        table.Problems.Error(name.At, table.Name("hostname"), $"{Quoted.Word(name.Value)} cannot stand in a greeting: write a host name like \"mail.example.org\"");
        return null;
    }
}
