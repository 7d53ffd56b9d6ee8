namespace Postern.Configuration.Reading;

/// <summary>Words of the documented configuration whose feature comes later: refused by name, not as unknown.</summary>
internal static class ThisVersion
{
    public const string Number = "0.1";

    public static string Lacks(string what) => $"{what} is not available in this version ({Number})";
}
