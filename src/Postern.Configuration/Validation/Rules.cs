using System.Collections.Immutable;

namespace Postern.Configuration.Validation;

/// <summary>Every rule; a new one is added here and nowhere else.</summary>
internal static class Rules
{
    public static ImmutableArray<IRule> All(Machine machine) =>
    [
        new RequiredKeys(),
        new GateNames(),
        new GateCount(),
        new StartTlsNeedsADialogue(),
        new OptionalTls(),
        new PlainStaysAtHome(),
        new PlainHasNoTls(),
        new CertificatesExist(),
        new CertificatesAreUsed(),
        new ClientCertificateNeedsCa(),
        new ClientAllowNeedsCertificates(),
        new BackendTlsFits(),
        new DiscoveryFits(),
        new BackendCertificateIsItsOwn(),
        new SystemTrustKnowsTheName(),
        new DaneTrustFits(),
        new RoutesAreDistinct(),
        new ListenersDoNotOverlap(),
        new BackendIsSomebodyElse(),
        new ClientShareIsAShare(),
        new OutboundIsForOurOwn(),
        new OutboundKeysFit(),
        new LookupsHaveNoTls(),
        new OutboundNeedsWorkers(),
        new OutboundsShareAPort(),
        new PolicyIsUsed(),
        new PolicyRulesFit(),
        new PolicyOfMailNeedsMail(),
        new ResolverFits(),
        new ReportsHaveTheirOwnSender(),
        new ReportsAreSignedByTheirSubmitter(),
        new ProxySendersAreFew(),
        new GreetingName(machine),
    ];
}
