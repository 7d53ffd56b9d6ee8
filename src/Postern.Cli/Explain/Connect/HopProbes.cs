using System.Collections.Immutable;
using System.Net;
using Postern.Engine.Upstream;
using Postern.Policy.Decision;
using Postern.Policy.Survey;

namespace Postern.Cli.Explain.Connect;

/// <summary>Every address of every host that would be tried, all at once.</summary>
/// <param name="port">Where hosts listen.</param>
/// <param name="verifier">As workers have it.</param>
/// <param name="hostName">The name that we greet with.</param>
internal sealed class HopProbes(int port, HopVerifier verifier, string hostName)
{
    /// <summary>No domain that is in order has more. Those behind it are not dialled, and that is said.</summary>
    private const int MaxAddresses = 64;

    /// <summary>For all of them.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    /// <param name="finding">Where mail for the domain goes.</param>
    /// <param name="errors">Where a terminal is told how far it is.</param>
    public ImmutableArray<HopContact> Run(SurveyFinding finding, TextWriter errors)
    {
        (HostVerdict Host, IPAddress Address)[] whom =
            [.. finding.Hosts.Where(host => !host.IsSkipped).SelectMany(host => host.Hop.Addresses.Select(address => (host, address)))];
        var progress = new ContactProgress(errors, Math.Min(whom.Length, MaxAddresses));
        progress.Begin();
        HopContact[] contacts = Task.WhenAll(whom.Take(MaxAddresses).Select(one => Probe(one.Host, one.Address, progress))).GetAwaiter().GetResult();
        progress.End();
        return [.. contacts, .. whom.Skip(MaxAddresses).Select(one => NotDialled(one.Host, one.Address, "not dialled: there are too many addresses"))];
    }

    private async Task<HopContact> Probe(HostVerdict host, IPAddress address, ContactProgress progress)
    {
        try
        {
            return await new HopProbe(host, address, port, verifier, hostName).Run().WaitAsync(s_limit);
        }
        catch (TimeoutException)
        {
            return NotDialled(host, address, "it did not come to an end in time");
        }
        finally
        {
            progress.Step();
        }
    }

    private static HopContact NotDialled(HostVerdict host, IPAddress address, string why) =>
        new(host, address) { Refusal = new SmtpRefusal(451, "4.4.1", $"{host.Host}[{address}] for {host.Domain}: {why}") };
}
