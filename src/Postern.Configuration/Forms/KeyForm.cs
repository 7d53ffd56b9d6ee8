using System.Collections.Immutable;
using Postern.Configuration.Settings;
using Postern.Interop.LibSsl.Certificates;

namespace Postern.Configuration.Forms;

/// <summary>The fields of what the key agent gets, and of what a token's trial finds.</summary>
internal static class KeyForm
{
    public static KeySnapshot Snapshot(Form form, KeySnapshot? snapshot) => new()
    {
        Keys = form.List(snapshot?.Keys, Key),
        TicketSecret = form.Bytes(snapshot?.TicketSecret),
        TicketLifetime = form.Number(snapshot?.TicketLifetime ?? 0),
        SessionPolicies = form.List<ImmutableArray<byte[]>>(
            snapshot?.SessionPolicies, static (each, policies) => each.List<byte[]>(policies, static (one, policy) => one.Bytes(policy))),
    };

    public static TokenKey Token(Form form, TokenKey? token) => new()
    {
        Uri = Uri(form, token?.Uri),
        Module = form.Text(token?.Module),
        Pin = form.Bytes(token?.Pin),
        Place = form.Text(token?.Place),
    };

    public static TokenReport Report(Form form, TokenReport? report) =>
        new(form.List(report?.Problems, static (each, problem) => new TokenProblem(each.Number(problem?.Key ?? 0), each.Text(problem?.Message))));

    private static AgentKey Key(Form form, AgentKey? key) => new()
    {
        Pem = form.Bytes(key?.Pem),
        Token = form.Optional(key?.Token, Token),
        ChainPem = form.Bytes(key?.ChainPem),
        Passphrase = form.Bytes(key?.Passphrase),
        Use = (KeyUse)form.Number((int)(key?.Use ?? 0)),
        Kind = (KeyKind)form.Number((int)(key?.Kind ?? 0)),
        Bits = form.Number(key?.Bits ?? 0),
    };

    private static TokenUri Uri(Form form, TokenUri? uri) => new()
    {
        Token = form.OptionalText(uri?.Token),
        Manufacturer = form.OptionalText(uri?.Manufacturer),
        Model = form.OptionalText(uri?.Model),
        Serial = form.OptionalText(uri?.Serial),
        Slot = form.Flag(uri?.Slot is not null) ? (ulong)form.Long((long)(uri?.Slot ?? 0)) : null,
        Object = form.OptionalText(uri?.Object),
        Id = form.OptionalText(uri?.Id),
        ModulePath = form.OptionalText(uri?.ModulePath),
        PinFile = form.OptionalText(uri?.PinFile),
        PinCredential = form.OptionalText(uri?.PinCredential),
    };
}
