using Postern.Policy.Dns;
using Postern.Roles.Resolver.Desk;

namespace Postern.Roles.Resolver;

/// <summary>Surveys domains, so that a slow domain holds up its own mail only.</summary>
/// <param name="survey">Of a domain; true: in the background.</param>
/// <param name="hands">As <see cref="Crew{TSubject, TFound}.Hands"/>.</param>
/// <param name="waiting">As <see cref="Crew{TSubject, TFound}.MaxWaiting"/>.</param>
internal sealed class SurveyCrew(Func<DnsName, bool, Finding> survey, int hands = SurveyCrew.Hands, int waiting = SurveyCrew.MaxWaiting)
    : Crew<DnsName, Finding>(survey, finding => finding.WantsRefresh, hands, waiting);
