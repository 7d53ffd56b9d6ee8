using System.Globalization;
using System.Runtime.InteropServices;

namespace Postern.Roles.Sandbox;

/// <summary>
/// What the launcher tells the role that it becomes, in its arguments: whose user, whether it may do without a piece of its
/// sandbox, and which pieces it does without already.
/// </summary>
/// <param name="User">Null without root: it stays who it is.</param>
/// <param name="Required"><c>sandbox = "required"</c></param>
/// <param name="Lacking">For a person; empty when the launcher did everything.</param>
public sealed record Launched(Launched.Ids? User, bool Required, string Lacking)
{
    /// <summary>A user by numbers: the role can no longer look up names.</summary>
    [StructLayout(LayoutKind.Auto)]
    public readonly record struct Ids(uint User, uint Group);

    private const string NoUser = "-";
    private const string RequiredWord = "required";

    public string[] Write(string role) =>
    [
        role,
        User is { } ids ? string.Create(CultureInfo.InvariantCulture, $"{ids.User}:{ids.Group}") : NoUser,
        Required ? RequiredWord : "available",
        Lacking,
    ];

    /// <summary>Null when these are not the arguments of a launcher.</summary>
    public static Launched? Read(ReadOnlySpan<string> arguments)
    {
        if (arguments.Length != 3)
            return null;

        Ids? user = null;
        if (arguments[0] != NoUser)
        {
            string[] numbers = arguments[0].Split(':');
            if (numbers.Length != 2
                || !uint.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out uint id)
                || !uint.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint group))
            {
                return null;
            }

            user = new Ids(id, group);
        }

        return new Launched(user, arguments[1] == RequiredWord, arguments[2]);
    }
}
