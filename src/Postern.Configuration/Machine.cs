using System.Net;

namespace Postern.Configuration;

/// <summary>What defaults are taken from: the machine that Postern runs on.</summary>
/// <param name="HostName">As gethostname(2) says it.</param>
/// <param name="Cores">Processors that we may run on.</param>
/// <param name="UnderJournal">Standard error goes to journald (JOURNAL_STREAM, systemd.exec(5)).</param>
public sealed record Machine(string HostName, int Cores, bool UnderJournal)
{
    // Not Environment.MachineName, which cuts the name at its first dot.
    public static Machine Current { get; } = new(
        Dns.GetHostName(), Environment.ProcessorCount, Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 });
}
