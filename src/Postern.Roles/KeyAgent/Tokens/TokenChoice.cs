using System.Collections.Immutable;
using Postern.Configuration.Settings;
using Postern.Interop.Pkcs11;

namespace Postern.Roles.KeyAgent.Tokens;

/// <summary>Which token and which key a URI means (RFC 7512 §2.5): exactly one, or none and a sentence.</summary>
public static class TokenChoice
{
    /// <summary>So many are named in a sentence.</summary>
    private const int MaxNamed = 6;

    public static TokenFacts? Token(TokenUri uri, ImmutableArray<TokenFacts> tokens, out string wrong)
    {
        ArgumentNullException.ThrowIfNull(uri);
        TokenFacts[] fitting = [.. tokens.Where(token => Fits(uri, token))];
        wrong = fitting.Length switch
        {
            0 when tokens.IsEmpty => $"there is no token at all for {uri.DescribeToken()}: is it there, and may user {Environment.UserName} reach it?",
            0 => $"there is no token that is {uri.DescribeToken()}; there is: {List(tokens.Select(Name))}",
            1 => "",
            _ => $"{fitting.Length} tokens are {uri.DescribeToken()}: add serial= or slot-id=; there is: {List(fitting.Select(Name))}",
        };
        return wrong.Length == 0 ? fitting[0] : null;
    }

    public static TokenKeyFacts? Key(TokenUri uri, ImmutableArray<TokenKeyFacts> fitting, ImmutableArray<TokenKeyFacts> all, out string wrong)
    {
        ArgumentNullException.ThrowIfNull(uri);
        wrong = fitting.Length switch
        {
            0 when all.IsEmpty => "the token has no private key at all",
            0 => $"the token has no private key that is {uri.DescribeKey()}; it has: {List(all.Select(Name))}",
            1 => "",
            _ => $"{fitting.Length} private keys of the token are {uri.DescribeKey()}: add id= or object=; it has: {List(fitting.Select(Name))}",
        };
        return wrong.Length == 0 ? fitting[0] : null;
    }

    public static bool Fits(TokenUri uri, TokenFacts token)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(token);
        return Fits(uri.Token, token.Label) && Fits(uri.Manufacturer, token.Manufacturer) && Fits(uri.Model, token.Model)
            && Fits(uri.Serial, token.Serial) && (uri.Slot is null || uri.Slot == token.Slot);
    }

    private static bool Fits(string? wanted, string found) => wanted is null || wanted == found;

    private static string Name(TokenFacts token) => new TokenUri { Token = token.Label, Serial = token.Serial }.DescribeToken();

    private static string Name(TokenKeyFacts key) => new TokenUri
    {
        Object = key.Label.Length > 0 ? key.Label : null,
        Id = key.Id.Length > 0 ? key.Id : null,
    }.DescribeKey();

    private static string List(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return string.Join(", ", all.Take(MaxNamed)) + (all.Length > MaxNamed ? ", …" : "");
    }
}
