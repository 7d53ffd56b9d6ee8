using System.Text;
using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>What a zone's parent says of it.</summary>
internal enum Delegation
{
    /// <summary>Signed, with the right DS.</summary>
    Signed,

    /// <summary>No DS, no signature.</summary>
    Unsigned,

    /// <summary>Signed, with the DS of another key: whatever the zone says is bogus.</summary>
    WrongDs,
}

/// <summary>
/// A DNS of its own on loopback: a signed root, a signed <c>test.</c>, and the zones below it, all served by one Knot. It needs a
/// network of its own for nothing but its port.
/// </summary>
internal sealed class SignedZones : IDisposable
{
    private const string User = "knot";
    private const string Head = "@ 60 SOA ns.test. admin.test. 1 3600 600 86400 60\n@ 60 NS ns.test.\n";

    private readonly string _directory;
    private readonly ServerProcess _server;

    /// <param name="place">Where its files go.</param>
    /// <param name="port">Of 127.0.0.1.</param>
    /// <param name="zones">Names below <c>test.</c> or below each other, without a closing dot, and their records.</param>
    public SignedZones(Workplace place, int port, params (string Name, Delegation Delegation, string Records)[] zones)
    {
        _directory = place.MakeDirectory("zones", User);
        foreach (string below in (ReadOnlySpan<string>)["db", "run"])
            _ = place.MakeDirectory("zones/" + below, User);

        string[] signed = [".", "test", .. zones.Where(zone => zone.Delegation != Delegation.Unsigned).Select(zone => zone.Name)];
        _ = place.Write("zones/knot.conf", Configuration(port, signed, [.. zones.Select(zone => zone.Name)]));
        foreach (string name in signed)
            _ = Key(name, "generate", "ksk=yes", "zsk=yes", "algorithm=ecdsap256sha256");

        var all = zones.ToDictionary(zone => zone.Name, zone => new StringBuilder(Head + zone.Records + "\n"));
        all["."] = new StringBuilder(Head);
        all["test"] = new StringBuilder(Head + "ns 60 A 127.0.0.1\n");
        foreach ((string name, Delegation delegation, _) in zones.Append(("test", Delegation.Signed, "")))
        {
            string parent = all.Keys.Where(other => other != name && (other == "." || name.EndsWith("." + other, StringComparison.Ordinal))).MaxBy(other => other.Length)!;
            _ = all[parent].Append($"{name}. 60 NS ns.test.\n");
            if (delegation != Delegation.Unsigned)
                _ = all[parent].Append(Digests(name, delegation == Delegation.WrongDs));
        }

        foreach ((string name, StringBuilder text) in all)
            _ = place.Write("zones/" + FileOf(name), text.ToString());
        Anchor = place.Write("anchor", Digests(".", wrong: false));
        _server = new ServerProcess(User, place.At("knot.log"), "knotd", "-c", Path.Combine(_directory, "knot.conf"));
        _server.WaitForPort(port);
    }

    /// <summary>DS records of the root, in a file.</summary>
    public string Anchor { get; }

    public void Dispose() => _server.Dispose();

    private static string FileOf(string zone) => zone == "." ? "root.zone" : zone + ".zone";

    private string Configuration(int port, string[] signed, string[] zones)
    {
        var text = new StringBuilder($"""
            server:
                listen: 127.0.0.1@{port}
                rundir: {_directory}/run
            database:
                storage: {_directory}/db
            log:
              - target: stderr
                any: warning
            policy:
              - id: own
                manual: on
                single-type-signing: on
                algorithm: ecdsap256sha256
            template:
              - id: default
                storage: {_directory}
                zonefile-sync: -1
                journal-content: none
            zone:

            """);
        foreach (string zone in signed.Union(zones))
        {
            _ = text.Append($"  - domain: {zone}\n    file: {FileOf(zone)}\n");
            if (signed.Contains(zone))
                _ = text.Append("    dnssec-signing: on\n    dnssec-policy: own\n");
        }

        return text.ToString();
    }

    /// <summary>Lines of DS records for the parent's zone.</summary>
    private string Digests(string zone, bool wrong) => string.Concat(Key(zone, "ds").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
    {
        string record = line.Replace(" DS ", " 60 IN DS ", StringComparison.Ordinal);
        return (wrong ? record[..^8] + "00000000" : record) + "\n";
    }));

    private string Key(string zone, params string[] arguments)
    {
        ToolResult result = Tool.Run("setpriv", ["--reuid", User, "--regid", User, "--clear-groups", "keymgr", "-c", Path.Combine(_directory, "knot.conf"), zone == "." ? zone : zone + ".", .. arguments]);
        Assert.True(result.ExitCode == 0, result.Output);
        return result.Output;
    }
}
