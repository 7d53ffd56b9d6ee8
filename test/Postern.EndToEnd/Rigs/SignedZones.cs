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

    /// <summary>No zone of its own: its records stand in the parent's.</summary>
    Within,
}

/// <summary>
/// A DNS of its own on loopback: a signed root, a signed <c>test.</c>, and the zones below it, all served by one Knot. It needs a
/// network of its own for nothing but its port.
/// </summary>
internal sealed class SignedZones : IDisposable
{
    private const string User = "knot";
    private const string Head = "@ 60 SOA ns.test. admin.test. 1 3600 600 86400 60\n@ 60 NS ns.test.\n";

    private readonly Workplace _place;
    private readonly string _directory;
    private readonly int _port;
    private readonly string[] _signed;
    private readonly string[] _served;
    private ServerProcess _server;

    /// <param name="place">Where its files go.</param>
    /// <param name="port">Of 127.0.0.1.</param>
    /// <param name="zones">Names below <c>test.</c> or below each other, without a closing dot, and their records.</param>
    public SignedZones(Workplace place, int port, params (string Name, Delegation Delegation, string Records)[] zones)
    {
        _place = place;
        _port = port;
        _directory = place.MakeDirectory("zones", User);
        foreach (string below in (ReadOnlySpan<string>)["db", "run"])
            _ = place.MakeDirectory("zones/" + below, User);

        (string Name, Delegation Delegation, string Records)[] cut = [.. zones.Where(zone => zone.Delegation != Delegation.Within)];
        _signed = [".", "test", .. cut.Where(zone => zone.Delegation != Delegation.Unsigned).Select(zone => zone.Name)];
        _served = [.. _signed.Union(cut.Select(zone => zone.Name))];
        _ = place.Write("zones/knot.conf", Configuration(signs: true));
        foreach (string name in _signed)
            _ = Key(name, "generate", "ksk=yes", "zsk=yes", "algorithm=ecdsap256sha256", "created=-30d", "publish=-30d", "ready=-30d", "active=-30d");

        var all = cut.ToDictionary(zone => zone.Name, zone => new StringBuilder(Head + zone.Records + "\n"));
        all["."] = new StringBuilder(Head);
        all["test"] = new StringBuilder(Head + "ns 60 A 127.0.0.1\n");
        foreach ((string name, Delegation delegation, _) in cut.Append(("test", Delegation.Signed, "")))
        {
            StringBuilder parent = all[ParentOf(name, all.Keys)];
            _ = parent.Append($"{name}. 60 NS ns.test.\n");
            if (delegation != Delegation.Unsigned)
                _ = parent.Append(Digests(name, delegation == Delegation.WrongDs));
        }

        foreach ((string name, _, string records) in zones.Except(cut))
        {
            string parent = ParentOf(name, all.Keys);
            _ = all[parent].Append($"$ORIGIN {name}.\n{records}\n$ORIGIN {parent}.\n");
        }

        foreach ((string name, StringBuilder text) in all)
            _ = place.Write("zones/" + FileOf(name), text.ToString());

        // A mistake in it would be SERVFAIL for everything.
        Tool.Must("kzonecheck", "-o", "test.", Path.Combine(_directory, FileOf("test")));
        Anchor = place.Write("anchor", Digests(".", wrong: false));
        _server = Serve();
    }

    /// <summary>DS records of the root, in a file.</summary>
    public string Anchor { get; }

    /// <summary>
    /// From now on every signature is as if it had been made at another time: those of the day before yesterday have expired, those
    /// of tomorrow do not hold yet. To who validates, his clock is off. They hold for twelve hours, so that the skew of an hour and
    /// more that libunbound allows (a tenth of that) does not cover a day.
    /// </summary>
    /// <param name="offset">From now; null: they are made by the server, now.</param>
    public void Resign(TimeSpan? offset)
    {
        _server.Dispose();
        _ = _place.Write("zones/knot.conf", Configuration(signs: true));
        if (offset is { } by)
        {
            string time = DateTimeOffset.UtcNow.Add(by).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
            _ = _place.MakeDirectory("zones/signed", User);
            foreach (string zone in _signed)
                _ = AsKnot("kzonesign", "-c", Path.Combine(_directory, "knot.conf"), "-o", Path.Combine(_directory, "signed"), "-t", time, zone == "." ? zone : zone + ".");
            _ = _place.Write("zones/knot.conf", Configuration(signs: false));
        }

        _server = Serve();
    }

    public void Dispose() => _server.Dispose();

    private ServerProcess Serve()
    {
        var server = new ServerProcess(User, _place.At("knot.log"), "knotd", "-c", Path.Combine(_directory, "knot.conf"));
        server.WaitForPort(_port);
        return server;
    }

    private static string ParentOf(string name, IEnumerable<string> zones) =>
        zones.Where(other => other != name && (other == "." || name.EndsWith("." + other, StringComparison.Ordinal))).MaxBy(other => other.Length)!;

    private static string FileOf(string zone) => zone == "." ? "root.zone" : zone + ".zone";

    private string Configuration(bool signs)
    {
        var text = new StringBuilder($"""
            server:
                listen: 127.0.0.1@{_port}
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
                rrsig-lifetime: 12h
                rrsig-refresh: 6h
                rrsig-pre-refresh: 1h
                propagation-delay: 1m
            template:
              - id: default
                storage: {_directory}
                zonefile-sync: -1
                journal-content: none
            zone:

            """);
        foreach (string zone in _served)
        {
            bool isSigned = _signed.Contains(zone);
            _ = text.Append($"  - domain: {zone}\n    file: {(isSigned && !signs ? "signed/" + FileOf(zone) : FileOf(zone))}\n");
            if (isSigned && signs)
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

    private string Key(string zone, params string[] arguments) =>
        AsKnot(["keymgr", "-c", Path.Combine(_directory, "knot.conf"), zone == "." ? zone : zone + ".", .. arguments]);

    private static string AsKnot(params string[] command)
    {
        ToolResult result = Tool.Run("setpriv", ["--reuid", User, "--regid", User, "--clear-groups", .. command]);
        Assert.True(result.ExitCode == 0, result.Output);
        return result.Output;
    }
}
