using System.Net;
using Postern.Configuration;
using Postern.Configuration.Loading;
using Postern.Engine.Upstream;
using Postern.Interop.LibSsl;
using Postern.Interop.LibUnbound;
using Postern.Resolver.Dns;
using Postern.Resolver.Policies;

namespace Postern.Cli.Explain;

/// <summary>Who answers the questions of one survey, in this process.</summary>
internal sealed class Sources : IDisposable
{
    private readonly UnboundContext? _context;

    private Sources(IDnsSource dns, PolicyHost policies, UnboundContext? context)
    {
        Dns = dns;
        Policies = policies;
        _context = context;
    }

    public IDnsSource Dns { get; }

    public PolicyHost Policies { get; }

    /// <summary>libunbound. Null, and why.</summary>
    /// <param name="resolver">Who is asked; null: the domains' own servers.</param>
    /// <param name="anchor">A file; null: the root's keys.</param>
    /// <param name="wrong">A sentence.</param>
    public static Sources? Validating(IPEndPoint? resolver, string? anchor, out string wrong) =>
        Validating(UnboundSettings.By(resolver) with { AnchorFile = anchor }, out wrong);

    private static Sources? Validating(UnboundSettings settings, out string wrong)
    {
        if (Fetcher(out wrong) is not { } policies)
            return null;

        var context = UnboundContext.Create(settings, out wrong);
        return context is null ? null : new Sources(new UnboundSource(context), policies, context);
    }

    /// <summary>A resolver whose word is believed. Null, and why.</summary>
    public static Sources? OfThisMachine(IPEndPoint resolver, out string wrong)
    {
        if (Fetcher(out wrong) is not { } policies)
            return null;
        if (LoopbackSource.At(resolver) is { } source)
            return new Sources(source, policies, context: null);
        wrong = $"{resolver} is not of this machine: on the way from it anybody can say what --trust-ad would believe. Leave --trust-ad out, and its answers are validated here";
        return null;
    }

    /// <summary>Judges mail hosts, as in a worker: by the system's authorities, and what else a verdict brings along. Null, and why.</summary>
    public static HopVerifier? Verifier(out string wrong) =>
        SystemAuthorities.Read(out wrong) is { } authorities
        && TlsClient.Create(new TlsClientSettings { TrustPem = authorities, Tls13Only = false, Alpn = [] }, out wrong) is { } client
            ? new HopVerifier(client)
            : null;

    /// <summary>As the configuration has it. Null, and why.</summary>
    public static Sources? Of(ResolverSnapshot resolver, out string wrong)
    {
        if (resolver.TrustedResolver is { } trusted)
            return OfThisMachine(IPEndPoint.Parse(trusted), out wrong);
        IPEndPoint? forwarder = resolver.Forwarder is { } text ? IPEndPoint.Parse(text) : null;
        return Validating(UnboundSettings.By(forwarder) with { AnchorText = resolver.Anchor }, out wrong);
    }

    public void Dispose() => _context?.Dispose();

    private static PolicyHost? Fetcher(out string wrong) => SystemAuthorities.Read(out wrong) is { } authorities ? PolicyHost.Create(authorities, out wrong) : null;
}
