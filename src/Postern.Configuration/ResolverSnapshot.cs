using System.Collections.Immutable;
using Postern.Configuration.Forms;

namespace Postern.Configuration;

/// <summary>What the resolver of a generation needs, with every file read. Words and texts, as the operator wrote them and <c>check</c> found them good.</summary>
public sealed record ResolverSnapshot
{
    /// <summary>"127.0.0.1:53": a resolver of this machine, whose word about DNSSEC (AD) is believed. Null: libunbound validates.</summary>
    public string? TrustedResolver { get; init; }

    /// <summary>"192.0.2.1:53": whom libunbound asks; null: the domains' own servers.</summary>
    public string? Forwarder { get; init; }

    /// <summary>DS or DNSKEY records in place of the root's (the text of <c>anchor</c>'s file); null: the root's.</summary>
    public string? Anchor { get; init; }

    /// <summary>A word of <c>require</c>, or <c>opportunistic</c>.</summary>
    public string Default { get; init; } = "opportunistic";

    /// <summary>A level that was lost is a refusal, and not an alarm only.</summary>
    public bool RefusesLoss { get; init; }

    /// <summary>Hosts and policy hosts in private networks may be connected to.</summary>
    public bool AllowsPrivate { get; init; }

    /// <summary>The operator's rows.</summary>
    public ImmutableArray<PolicyRuleText> Rules { get; init; } = [];

    /// <summary>Lists of STARTTLS Everywhere: where each was read from, and its JSON.</summary>
    public ImmutableArray<PolicyListText> Lists { get; init; } = [];

    /// <summary>The system's authorities, for policy hosts.</summary>
    public byte[] AuthoritiesPem { get; init; } = [];

    /// <summary>Where mail is sent to: 25, but for trials.</summary>
    public int Port { get; init; } = 25;

    /// <summary>Absolute; where root keys (RFC 5011) and the history are kept. Null: nothing outlives the process.</summary>
    public string? State { get; init; }

    /// <summary>Mail goes out to the world: there are domains to be remembered.</summary>
    public bool SendsMail { get; init; } = true;

    /// <summary>Streams go out to other XMPP servers: their domains are asked about.</summary>
    public bool FindsServices { get; init; }

    /// <summary>Backends that DANE must prove.</summary>
    public ImmutableArray<DaneBackend> Backends { get; init; } = [];

    /// <summary>Null: no report on TLS is sent.</summary>
    public ReportSnapshot? Reports { get; init; }

    public byte[] Write() => Form.Write(this, OutwardForm.Resolver);

    /// <summary>Reads what <see cref="Write"/> wrote; the supervisor is trusted, so a failure is a bug and throws.</summary>
    public static ResolverSnapshot Read(ReadOnlySpan<byte> bytes) => Form.Read<ResolverSnapshot>(bytes, OutwardForm.Resolver);
}

/// <summary><c>[tlsrpt]</c>: how reports on TLS are made and sent.</summary>
/// <param name="Organization">Whose they are.</param>
/// <param name="Contact">A mailbox; its domain is the submitter.</param>
/// <param name="From">A mailbox: the sender of those that go by mail.</param>
/// <param name="Relay">"127.0.0.1:25": who takes those.</param>
/// <param name="HostName">What this machine calls itself to the relay.</param>
public sealed record ReportSnapshot(string Organization, string Contact, string From, string Relay, string HostName)
{
    /// <summary>The submitter.</summary>
    public string Submitter => Contact[(Contact.LastIndexOf('@') + 1)..];
}

/// <summary>One <c>[[policy.rule]]</c>.</summary>
/// <param name="Domain"><c>example.org</c> or <c>.example.org</c>.</param>
/// <param name="Require">A word of <c>require</c>.</param>
/// <param name="Pins"><c>sha256:…</c>, each.</param>
/// <param name="Hosts"><c>mx.example.org</c> or <c>*.example.org</c>, each.</param>
/// <param name="Expires">Null: never.</param>
/// <param name="Origin">The file and the line.</param>
public sealed record PolicyRuleText(string Domain, string Require, ImmutableArray<string> Pins, ImmutableArray<string> Hosts, DateTimeOffset? Expires, string Origin)
{
    /// <summary>Null: the domain's mail exchangers.</summary>
    public string? NextHop { get; init; }
}

/// <param name="Path">As the operator wrote it.</param>
/// <param name="Json">The file's content.</param>
public sealed record PolicyListText(string Path, byte[] Json);
